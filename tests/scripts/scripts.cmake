# SPDX-License-Identifier: MIT
# Tests of scripts: tests/scripts/NAME_test.py, those of scripts/gpu and scripts/gpu-bundle with
# stand-ins for the programs, and a rehearsal of all stages on the emulated GPU.
if(NOT CUSCHED_PYTHON)
  return()
endif()

file(GLOB tests CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/scripts/*_test.py")
foreach(test ${tests})
  cmake_path(GET test STEM name)
  add_test(NAME scripts.${name} COMMAND "${CUSCHED_PYTHON}" "${test}")
  set_tests_properties(scripts.${name} PROPERTIES LABELS scripts TIMEOUT 300
    ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)
endforeach()

if(CUSCHED_WITH_CUDA AND CUSCHED_TORCH)  # then there is cusched_emulated
  add_test(NAME scripts.GpuRehearsal COMMAND "${CMAKE_SOURCE_DIR}/scripts/gpu" --rehearse
    --programs "${CMAKE_BINARY_DIR}" "${CMAKE_BINARY_DIR}/gpu_rehearsal")
  set_tests_properties(scripts.GpuRehearsal PROPERTIES LABELS scripts
    TIMEOUT ${CUSCHED_TEST_TIMEOUT_S} COST 50)
endif()
