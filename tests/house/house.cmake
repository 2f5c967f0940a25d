# SPDX-License-Identifier: MIT
# Tests of the house beside test_house: formatting, the CUDA part built with nvcc from PyPI, and the
# PTX that ptx_guard_test reads.

set(env_kernels ${CUSCHED_GENERATED_SOURCES})
list(FILTER env_kernels INCLUDE REGEX "\\.cu$")
file(GLOB_RECURSE own CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/envs/*.cu")
list(APPEND env_kernels ${own})
if(CUSCHED_WITH_CUDA AND env_kernels)
  add_library(cusched_env_ptx OBJECT ${env_kernels})
  set_target_properties(cusched_env_ptx PROPERTIES
    CUDA_PTX_COMPILATION ON CUDA_ARCHITECTURES 90-virtual)
  target_link_libraries(cusched_env_ptx PRIVATE cusched_envs)
  cusched_flags(cusched_env_ptx)
  add_dependencies(test_house cusched_env_ptx)
  file(GENERATE OUTPUT "${CMAKE_BINARY_DIR}/ptx_files.txt"
    CONTENT "$<JOIN:$<TARGET_OBJECTS:cusched_env_ptx>,\n>\n")
else()
  file(WRITE "${CMAKE_BINARY_DIR}/ptx_files.txt" "")
endif()

add_test(NAME house.Formatting COMMAND "${CMAKE_SOURCE_DIR}/scripts/format" --check)
set_tests_properties(house.Formatting PROPERTIES LABELS house SKIP_RETURN_CODE 77)

add_test(NAME house.CudaPartBuildsWithNvccFromPyPI
  COMMAND "${CMAKE_SOURCE_DIR}/tests/house/pypi_cuda_test.sh" "${CMAKE_BINARY_DIR}/pypi_cuda")
set_tests_properties(house.CudaPartBuildsWithNvccFromPyPI PROPERTIES
  LABELS house SKIP_RETURN_CODE 77 TIMEOUT 1200 PROCESSORS 2)
