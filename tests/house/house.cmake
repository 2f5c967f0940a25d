# SPDX-License-Identifier: MIT
# Tests of the house beside test_house: formatting, the CUDA part built with nvcc from PyPI, and the
# lists of objects that ptx_guard_test and kernel_budget_test read.

# house_object_list(FILE LAYER...): the CUDA objects of layers, a line each, which test_house reads.
function(house_object_list file)
  set(objects "")
  foreach(layer ${ARGN})
    if(TARGET cusched_${layer}_kernels AND TARGET test_house)
      list(APPEND objects "$<TARGET_OBJECTS:cusched_${layer}_kernels>")
      add_dependencies(test_house cusched_${layer}_kernels)
    endif()
  endforeach()
  file(GENERATE OUTPUT "${CMAKE_BINARY_DIR}/${file}" CONTENT "$<JOIN:${objects},\n>\n")
endfunction()
house_object_list(ptx_files.txt envs)
house_object_list(kernel_objects.txt cuda envs agents)

set(nvcc_version "")
set(cuobjdump "")
if(CUSCHED_WITH_CUDA)
  set(nvcc_version "${CMAKE_CUDA_COMPILER_VERSION}")
  cmake_path(GET CMAKE_CUDA_COMPILER PARENT_PATH nvcc_folder)
  find_program(CUSCHED_CUOBJDUMP cuobjdump
    HINTS "${nvcc_folder}" "${CUSCHED_SITE_PACKAGES}/nvidia/cu13/bin")
  if(CUSCHED_CUOBJDUMP)
    set(cuobjdump "${CUSCHED_CUOBJDUMP}")
  endif()
endif()
set_property(SOURCE tests/house/kernel_budget_test.cpp APPEND PROPERTY COMPILE_DEFINITIONS
  "CUSCHED_CUOBJDUMP=\"${cuobjdump}\"" "CUSCHED_NVCC_VERSION=\"${nvcc_version}\"")

add_test(NAME house.Formatting COMMAND "${CMAKE_SOURCE_DIR}/scripts/format" --check)
set_tests_properties(house.Formatting PROPERTIES LABELS house SKIP_RETURN_CODE 77)

set(pypi_cuda "${CMAKE_SOURCE_DIR}/tests/house/pypi_cuda_test.sh" "${CMAKE_BINARY_DIR}/pypi_cuda")
if(CUSCHED_SANITIZE)
  set(pypi_cuda "${CMAKE_COMMAND}" -E echo "SKIPPED: it makes a build of its own, without sanitizers")
endif()
add_test(NAME house.CudaPartBuildsWithNvccFromPyPI COMMAND ${pypi_cuda})
set_tests_properties(house.CudaPartBuildsWithNvccFromPyPI PROPERTIES LABELS house
  SKIP_RETURN_CODE 77 SKIP_REGULAR_EXPRESSION "^SKIPPED" TIMEOUT 1200 PROCESSORS 2)
