# SPDX-License-Identifier: MIT
# Finds the extension files and writes their boilerplate into the build tree:
#   envs/NAME.h with a line CUSCHED_ENVIRONMENT(...)  -> NAME_host.cpp, registry.cpp,
#                                                        NAME_contract_test.cpp and, with CUDA,
#                                                        NAME_cuda.cpp and a .cu for each width of
#                                                        a group, which compile in parallel
#   envs/rewards/NAME.h, envs/baselines/NAME.h        -> lists of types in envs/generated/*_all.h
# A type is the file's name in CamelCase; lists are sorted by file name. A header in envs/baselines/
# that is no baseline says "not a baseline" in its first five lines.
# Sets CUSCHED_ENVIRONMENTS, CUSCHED_GENERATED_SOURCES and CUSCHED_GENERATED_TESTS.

set(generated "${CMAKE_BINARY_DIR}/generated/envs/generated")
set(templates "${CMAKE_SOURCE_DIR}/cmake/templates")

function(cusched_camel_case name result)
  string(REPLACE "_" ";" words "${name}")
  set(camel "")
  foreach(word ${words})
    string(SUBSTRING "${word}" 0 1 head)
    string(SUBSTRING "${word}" 1 -1 tail)
    string(TOUPPER "${head}" head)
    string(APPEND camel "${head}${tail}")
  endforeach()
  set(${result} "${camel}" PARENT_SCOPE)
endfunction()

# cusched_generate_list(KIND alias [INTO folder] [ALSO header...]) writes KIND_all.h: AllRewards from
# envs/rewards/*.h, AllBaselines from envs/baselines/*.h, and the headers of ALSO.
function(cusched_generate_list kind alias)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "INTO" "ALSO")
  set(into "${generated}")
  if(arg_INTO)
    set(into "${arg_INTO}")
  endif()
  file(GLOB headers CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}" "envs/${kind}/*.h")
  list(SORT headers)
  list(APPEND headers ${arg_ALSO})
  set(INCLUDES "")
  set(types "")
  foreach(header ${headers})
    file(STRINGS "${header}" opening LIMIT_COUNT 5)
    if(opening MATCHES "not a (baseline|reward)")
      continue()
    endif()
    cmake_path(GET header STEM name)
    cusched_camel_case(${name} type)
    string(APPEND INCLUDES "#include \"${header}\"\n")
    list(APPEND types "${kind}::${type}")
  endforeach()
  list(JOIN types ",\n                            " TYPES)
  set(ALIAS ${alias})
  set(KIND ${kind})
  configure_file("${templates}/type_list_all.h.in" "${into}/${kind}_all.h" @ONLY)
endfunction()

set(CUSCHED_ENVIRONMENTS "")
set(CUSCHED_GENERATED_SOURCES "")
set(CUSCHED_GENERATED_TESTS "")
file(GLOB headers CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}" "envs/*.h")
list(SORT headers)
foreach(header ${headers})
  # Configure again when the content changes: it may have become, or ceased to be, an environment.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${header}")
  file(STRINGS "${header}" marker REGEX "^CUSCHED_ENVIRONMENT\\(" LIMIT_COUNT 1)
  if(marker)
    cmake_path(GET header STEM name)
    list(APPEND CUSCHED_ENVIRONMENTS ${name})
  endif()
endforeach()

cusched_generate_list(rewards AllRewards)
cusched_generate_list(baselines AllBaselines)

set(DECLARATIONS "")
set(entries "")
foreach(NAME ${CUSCHED_ENVIRONMENTS})
  cusched_camel_case(${NAME} TYPE)
  configure_file("${templates}/env_host.cpp.in" "${generated}/${NAME}_host.cpp" @ONLY)
  list(APPEND CUSCHED_GENERATED_SOURCES "${generated}/${NAME}_host.cpp")
  if(CUSCHED_WITH_CUDA)
    configure_file("${templates}/env_cuda.cpp.in" "${generated}/${NAME}_cuda.cpp" @ONLY)
    list(APPEND CUSCHED_GENERATED_SOURCES "${generated}/${NAME}_cuda.cpp")
    foreach(WIDTH 1 32)  # threads of a lane: group_width in envs/batch_cuda.h
      configure_file("${templates}/env_cuda_lanes.cu.in" "${generated}/${NAME}_lanes_${WIDTH}.cu" @ONLY)
      list(APPEND CUSCHED_GENERATED_SOURCES "${generated}/${NAME}_lanes_${WIDTH}.cu")
    endforeach()
  endif()
  if(EXISTS "${CMAKE_SOURCE_DIR}/tests/envs/contract_suite.h")
    configure_file("${templates}/env_contract_test.cpp.in"
      "${generated}/${NAME}_contract_test.cpp" @ONLY)
    list(APPEND CUSCHED_GENERATED_TESTS "${generated}/${NAME}_contract_test.cpp")
  endif()
  string(APPEND DECLARATIONS "CUSCHED_DECLARE_ENV(${NAME})\n")
  list(APPEND entries "&${NAME}_entry()")
endforeach()
if(CUSCHED_ENVIRONMENTS)
  list(JOIN entries ", " ENTRIES)
  configure_file("${templates}/registry.cpp.in" "${generated}/registry.cpp" @ONLY)
  list(APPEND CUSCHED_GENERATED_SOURCES "${generated}/registry.cpp")
  message(STATUS "Environments: ${CUSCHED_ENVIRONMENTS}")
endif()
