# SPDX-License-Identifier: MIT
# Tests of the house beside test_house: formatting, the CUDA part built with nvcc from PyPI, and the
# list of objects whose PTX ptx_guard_test reads.

set(ptx_files "")
if(TARGET cusched_envs_kernels AND TARGET test_house)
  set(ptx_files "$<TARGET_OBJECTS:cusched_envs_kernels>")
  add_dependencies(test_house cusched_envs_kernels)
endif()
file(GENERATE OUTPUT "${CMAKE_BINARY_DIR}/ptx_files.txt" CONTENT "$<JOIN:${ptx_files},\n>\n")

add_test(NAME house.Formatting COMMAND "${CMAKE_SOURCE_DIR}/scripts/format" --check)
set_tests_properties(house.Formatting PROPERTIES LABELS house SKIP_RETURN_CODE 77)

add_test(NAME house.CudaPartBuildsWithNvccFromPyPI
  COMMAND "${CMAKE_SOURCE_DIR}/tests/house/pypi_cuda_test.sh" "${CMAKE_BINARY_DIR}/pypi_cuda")
set_tests_properties(house.CudaPartBuildsWithNvccFromPyPI PROPERTIES
  LABELS house SKIP_RETURN_CODE 77 TIMEOUT 1200 PROCESSORS 2)

include("${CMAKE_SOURCE_DIR}/tests/scripts/scripts.cmake")
