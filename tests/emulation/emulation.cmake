# SPDX-License-Identifier: MIT
# CUDA on the CPU: the library cusched_emulation, which programs with the property CUSCHED_EMULATED link
# in place of the CUDA runtime and cuBLAS, and such programs.
file(GLOB sources CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}" tests/emulation/*.cpp)
list(FILTER sources EXCLUDE REGEX "_test\\.cpp$|/main\\.cpp$")
if(NOT TARGET cusched_cublas)
  list(REMOVE_ITEM sources tests/emulation/cublas.cpp)
endif()
add_library(cusched_emulation STATIC ${sources})
cusched_flags(cusched_emulation)
target_include_directories(cusched_emulation PUBLIC "${CMAKE_SOURCE_DIR}")
target_include_directories(cusched_emulation SYSTEM PUBLIC
  "${CUSCHED_CUDA_INCLUDE}" $<TARGET_PROPERTY:cusched_cublas,INTERFACE_INCLUDE_DIRECTORIES>)
target_link_libraries(cusched_emulation PUBLIC cusched_cuda)
# What it defines is for cusched's own code: LibTorch goes on finding that there is no GPU.
target_link_options(cusched_emulation INTERFACE "-Wl,--exclude-libs,libcusched_emulation.a")

# cusched_emulated_tests(FOLDER FILTER pattern...): the tests of tests/FOLDER that need a GPU, with an
# emulated one; ctest label emulation.
function(cusched_emulated_tests folder)
  cmake_parse_arguments(arg "" "" "FILTER" ${ARGN})
  set(target test_${folder}_emulated)
  add_executable(${target} tests/emulation/main.cpp)
  target_link_libraries(${target} PRIVATE test_${folder}_objects)
  set_target_properties(${target} PROPERTIES CUSCHED_EMULATED ON)
  cusched_flags(${target})
  list(JOIN arg_FILTER ":" filter)
  add_test(NAME emulation.${folder} COMMAND ${target} "--gtest_filter=${filter}"
    WORKING_DIRECTORY "${CMAKE_BINARY_DIR}")
  set_tests_properties(emulation.${folder} PROPERTIES LABELS emulation TIMEOUT 600)
endfunction()

cusched_emulated_tests(cuda FILTER "*Gpu.*")
cusched_emulated_tests(envs FILTER "*CpuAndCuda*")
if(CUSCHED_TORCH)
  cusched_emulated_tests(agents FILTER "*Gpu.*")
  cusched_emulated_tests(cli FILTER "*Gpu.*")
  add_executable(cusched_emulated cli/main.cpp)  # the command, for scripts that rehearse a GPU
  target_link_libraries(cusched_emulated PRIVATE cusched_cli)
  set_target_properties(cusched_emulated PROPERTIES CUSCHED_EMULATED ON)
  cusched_flags(cusched_emulated)
endif()
