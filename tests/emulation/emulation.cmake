# SPDX-License-Identifier: MIT
# CUDA on the CPU: the library cusched_emulation, which programs with the property CUSCHED_EMULATED link
# in place of the CUDA runtime and cuBLAS, and those programs. Their tests have the label emulation.
if(NOT CUSCHED_EMULATION)
  add_test(NAME emulation.NeedsABuildWithCuda
    COMMAND "${CMAKE_COMMAND}" -E echo "SKIPPED: kernels are emulated with the CUDA toolkit's headers")
  set_tests_properties(emulation.NeedsABuildWithCuda PROPERTIES
    LABELS emulation SKIP_REGULAR_EXPRESSION SKIPPED)
  return()
endif()

file(GLOB sources CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}" tests/emulation/*.cpp)
set(own_tests ${sources})
list(FILTER own_tests INCLUDE REGEX "_test\\.cpp$")
list(REMOVE_ITEM sources ${own_tests} tests/emulation/main.cpp)
if(NOT TARGET cusched_cublas)
  list(REMOVE_ITEM sources tests/emulation/cublas.cpp)
  list(REMOVE_ITEM own_tests tests/emulation/cublas_test.cpp)
endif()

add_library(cusched_emulation STATIC ${sources})
cusched_flags(cusched_emulation)
target_include_directories(cusched_emulation PUBLIC "${CMAKE_SOURCE_DIR}")
target_include_directories(cusched_emulation SYSTEM PUBLIC
  "${CUSCHED_CUDA_INCLUDE}" ${CUSCHED_CUBLAS_INCLUDE})
target_link_libraries(cusched_emulation PUBLIC cusched_cuda)
# What it defines is for our own code: LibTorch goes on finding that there is no GPU.
target_link_options(cusched_emulation INTERFACE "-Wl,--exclude-libs,libcusched_emulation.a")

# cusched_emulated(PROGRAM SOURCE file LIBS target...): a program that sees an emulated GPU.
function(cusched_emulated program)
  cmake_parse_arguments(arg "" "SOURCE" "LIBS" ${ARGN})
  add_executable(${program} ${arg_SOURCE})
  target_link_libraries(${program} PRIVATE ${arg_LIBS})
  set_target_properties(${program} PROPERTIES CUSCHED_EMULATED ON)
  cusched_flags(${program})
endfunction()

# cusched_emulated_tests(FOLDER PROGRAM name FILTER pattern): tests of tests/FOLDER in one process.
function(cusched_emulated_tests folder)
  cmake_parse_arguments(arg "" "PROGRAM;FILTER" "" ${ARGN})
  cusched_emulated(${arg_PROGRAM} SOURCE tests/emulation/main.cpp LIBS test_${folder}_objects)
  add_test(NAME emulation.${folder} COMMAND ${arg_PROGRAM} "--gtest_filter=${arg_FILTER}"
    WORKING_DIRECTORY "${CMAKE_BINARY_DIR}")
  set_tests_properties(emulation.${folder} PROPERTIES LABELS emulation
    TIMEOUT ${CUSCHED_TEST_TIMEOUT_S} COST 50)
endfunction()

# Tests of the emulation itself, with kernels of their own.
add_library(test_emulation_objects OBJECT ${own_tests})
cusched_flags(test_emulation_objects)
cusched_emulated_flags(test_emulation_objects)
target_compile_definitions(test_emulation_objects PRIVATE "CUSCHED_SOURCE_DIR=\"${CMAKE_SOURCE_DIR}\"")
target_link_libraries(test_emulation_objects PUBLIC cusched_cuda GTest::gtest
  $<TARGET_NAME_IF_EXISTS:cusched_cublas_or_emulated> $<TARGET_NAME_IF_EXISTS:cusched_torch>)
cusched_emulated_tests(emulation PROGRAM test_emulation FILTER "*")

# The GPU tests of the layers.
cusched_emulated_tests(cuda PROGRAM test_cuda_emulated FILTER "*Gpu.*")
cusched_emulated_tests(envs PROGRAM test_envs_emulated FILTER "*CpuAndCuda*")
if(CUSCHED_TORCH)
  cusched_emulated_tests(agents PROGRAM test_agents_emulated FILTER "*Gpu.*")
  cusched_emulated_tests(bench PROGRAM test_bench_emulated FILTER "*Gpu.*")
  cusched_emulated_tests(cli PROGRAM test_cli_emulated FILTER "*Gpu.*")
  # The command, with which a run on a GPU can be rehearsed.
  cusched_emulated(cusched_emulated SOURCE cli/main.cpp LIBS cusched_cli)
endif()
