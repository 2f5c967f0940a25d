# SPDX-License-Identifier: MIT
# Finds the extension files and writes their boilerplate into the build tree:
#   envs/NAME.h with a line CUSCHED_ENVIRONMENT(...)  -> NAME_back_ends.cpp, registry.cpp,
#                                                        NAME_contract_test.cpp and, with CUDA,
#                                                        a .cu for each width of a group, which
#                                                        compile in parallel
#   the widths of a group (here, below)               -> group_widths.h
#   envs/rewards/NAME.h, envs/baselines/NAME.h        -> for each environment lists of types, in
#                                                        envs/generated/ENV_extensions.h
# The dynamics may stand in envs/NAME_lane.h beside envs/NAME.h: what does not need them is then not
# compiled again when they change.
# An extension's type is its file's name in CamelCase; lists are sorted by file name. An environment's
# list has the extensions that include a header of it (envs/ENV.h, envs/ENV_*.h; directly, or through
# another header in their folder) and those that include no environment's, so that a change of one
# environment's does not compile the others again. A header in envs/baselines/ that is no baseline
# says "not a baseline" in its first five lines.
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

# The environments whose headers `header` includes, itself or through others in its folder.
function(cusched_environments_of header result)
  # Configure again when the content changes: it may then serve another environment.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${header}")
  cmake_path(GET header PARENT_PATH folder)
  file(STRINGS "${CMAKE_SOURCE_DIR}/${header}" lines REGEX "^#include \"")
  set(served "")
  foreach(line ${lines})
    string(REGEX REPLACE "^#include \"([^\"]*)\".*" "\\1" path "${line}")
    cmake_path(GET path PARENT_PATH where)
    if(where STREQUAL folder)
      cusched_environments_of("${path}" more)
      list(APPEND served ${more})
    endif()
    foreach(environment ${CUSCHED_ENVIRONMENTS})
      if(path MATCHES "^envs/${environment}(_[^/]*)?\\.h$")
        list(APPEND served ${environment})
      endif()
    endforeach()
  endforeach()
  set(${result} "${served}" PARENT_SCOPE)
endfunction()

# cusched_generate_list(KIND ENV FILE path ALIAS type [ALSO header...]) writes the TypeList ALIAS of the
# extensions in envs/KIND/, and of ALSO, that may serve ENV.
function(cusched_generate_list kind environment)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "FILE;ALIAS" "ALSO")
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
    cusched_environments_of("${header}" served)
    if(served AND NOT environment IN_LIST served)
      continue()
    endif()
    cmake_path(GET header STEM name)
    cusched_camel_case(${name} type)
    string(APPEND INCLUDES "#include \"${header}\"\n")
    list(APPEND types "${kind}::${type}")
  endforeach()
  set(ALIAS ${arg_ALIAS})
  string(REGEX REPLACE "." " " indent "using ${ALIAS} = TypeList<")
  list(JOIN types ",\n${indent}" TYPES)
  configure_file("${templates}/type_list.h.in" "${arg_FILE}" @ONLY)
endfunction()

# Threads that serve a lane on CUDA, ascending: the only list of them.
set(CUSCHED_GROUP_WIDTHS 1 32)
list(JOIN CUSCHED_GROUP_WIDTHS ", " WIDTHS)
configure_file("${templates}/group_widths.h.in" "${generated}/group_widths.h" @ONLY)

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

set(DECLARATIONS "")
set(entries "")
foreach(NAME ${CUSCHED_ENVIRONMENTS})
  cusched_camel_case(${NAME} TYPE)
  set(LANE_HEADER "envs/${NAME}_lane.h")
  if(NOT EXISTS "${CMAKE_SOURCE_DIR}/${LANE_HEADER}")
    set(LANE_HEADER "envs/${NAME}.h")
  endif()
  foreach(kind rewards baselines)
    cusched_camel_case(${NAME}_${kind} alias)
    cusched_generate_list(${kind} ${NAME} FILE "${generated}/${NAME}_${kind}.h" ALIAS ${alias})
  endforeach()
  configure_file("${templates}/env_extensions.h.in" "${generated}/${NAME}_extensions.h" @ONLY)
  configure_file("${templates}/env_back_ends.cpp.in" "${generated}/${NAME}_back_ends.cpp" @ONLY)
  list(APPEND CUSCHED_GENERATED_SOURCES "${generated}/${NAME}_back_ends.cpp")
  if(CUSCHED_WITH_CUDA)
    foreach(WIDTH ${CUSCHED_GROUP_WIDTHS})
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
