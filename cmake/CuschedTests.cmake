# SPDX-License-Identifier: MIT
# One GoogleTest program per folder of tests/: test_NAME from tests/NAME/*.cpp. Tests of cuda/ and
# envs/ do not link torch, so that they build and start fast. ctest label = folder.
# COSTLY pattern...: tests that take a minute or more; ctest -j starts them first, so that none of
# them runs alone at the end.
include(GoogleTest)

# s; a test that hangs is ended. Unoptimised and instrumented programs take several times as long.
set(CUSCHED_TEST_TIMEOUT_S 600)
if(CUSCHED_SANITIZE OR CMAKE_BUILD_TYPE STREQUAL "Debug")
  set(CUSCHED_TEST_TIMEOUT_S 3600)
endif()

# test_FOLDER_objects: the sources of tests/FOLDER, which more than one program may link.
function(cusched_test_objects folder)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}" "tests/${folder}/*.cpp")
  file(GLOB kernels CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}" "tests/${folder}/*.cu")
  list(APPEND sources ${arg_SOURCES})
  if(NOT sources)
    return()
  endif()
  set(target test_${folder}_objects)
  add_library(${target} OBJECT ${sources})
  target_link_libraries(${target} PUBLIC ${arg_LIBS} GTest::gtest)
  target_include_directories(${target} PUBLIC "${CMAKE_SOURCE_DIR}" "${CMAKE_BINARY_DIR}/generated")
  target_compile_definitions(${target} PRIVATE
    "CUSCHED_SOURCE_DIR=\"${CMAKE_SOURCE_DIR}\"" "CUSCHED_BINARY_DIR=\"${CMAKE_BINARY_DIR}\""
    "CUSCHED_PYTHON=\"${CUSCHED_PYTHON}\"")
  cusched_flags(${target})
  # A change of an environment's header compiles half of these again: at -O1 in half the time.
  target_compile_options(${target} PRIVATE "$<$<CONFIG:Release>:-O1>")
  cusched_kernels(${target} SOURCES ${kernels} LIBS ${arg_LIBS})
endfunction()

function(cusched_tests folder)
  cmake_parse_arguments(arg "" "" "COSTLY" ${ARGN})
  cusched_test_objects(${folder} ${arg_UNPARSED_ARGUMENTS})
  set(target test_${folder})
  if(NOT TARGET ${target}_objects)
    return()
  endif()
  add_executable(${target} $<$<BOOL:${CUSCHED_SANITIZE}>:tests/sanitizers.cpp>)
  target_link_libraries(${target} PRIVATE ${target}_objects GTest::gtest_main)
  cusched_flags(${target})
  # PRE_TEST: a test program that does not start must not break the build.
  set(discover DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 TEST_PREFIX "${folder}."
    WORKING_DIRECTORY "${CMAKE_BINARY_DIR}")
  set(others "*")
  if(arg_COSTLY)
    list(JOIN arg_COSTLY ":" costly)
    set(others "*-${costly}")
    gtest_discover_tests(${target} ${discover} TEST_FILTER "${costly}" TEST_LIST ${target}_costly
      PROPERTIES LABELS ${folder} TIMEOUT ${CUSCHED_TEST_TIMEOUT_S} COST 100)
  endif()
  gtest_discover_tests(${target} ${discover} TEST_FILTER "${others}"
    PROPERTIES LABELS ${folder} TIMEOUT ${CUSCHED_TEST_TIMEOUT_S})
endfunction()

cusched_tests(cuda LIBS cusched_cuda)
cusched_tests(envs LIBS cusched_envs SOURCES ${CUSCHED_GENERATED_TESTS}
  COSTLY "*Contract.*" "AdmissionEpisode.*" "*/AdmissionInvariants.*")
if(CUSCHED_TORCH)
  cusched_tests(agents LIBS cusched_agents COSTLY "*/PpoBandit.*" "*/Algorithms.*")
  cusched_tests(export LIBS cusched_export)
  # A program with the examples of docs/guides/extending.md among the networks, reward terms and
  # heuristics: its registry takes the place of the library's; the lists of terms and heuristics have
  # names of their own, so that no environment is compiled a second time.
  set(examples "${CMAKE_BINARY_DIR}/generated/examples")
  cusched_registry(network GLOB "agents/networks/*.cpp" "tests/examples/*.cpp"
    HEADER agents/network_registry.h RETURNS "const NetworkEntry*"
    FILE "${examples}/network_registry.cpp")
  cusched_generate_list(rewards admission FILE "${examples}/admission_rewards.h"
    ALIAS ExampleRewards ALSO tests/examples/idle.h)
  cusched_generate_list(baselines admission FILE "${examples}/admission_baselines.h"
    ALIAS ExampleBaselines ALSO tests/examples/smallest_area.h)
  cusched_tests(examples LIBS cusched_export SOURCES
    "${examples}/network_registry.cpp" tests/agents/networks_test.cpp tests/envs/admission_lane.cpp
    tests/export/trainer_test.cpp tests/export/verify_test.cpp)
  cusched_tests(bench LIBS cusched_bench)
  cusched_tests(cli LIBS cusched_cli)
endif()
cusched_tests(house)
foreach(folder house scripts emulation docs)
  include("${CMAKE_SOURCE_DIR}/tests/${folder}/${folder}.cmake")
endforeach()
