# SPDX-License-Identifier: MIT
# Registries of extensions that are one .cpp file each. A file that matches GLOB and has a line
# CUSCHED_KIND(NAME, Type...) defines the function KIND_NAME(), which the macro of that name in HEADER
# writes; the list of all of them is generated.

# cusched_registry(KIND GLOB pattern... HEADER path RETURNS type [FILE path]) writes all_KINDs() and
# appends its source to CUSCHED_REGISTRY_SOURCES. NAME has to be the file's name. With FILE it writes
# that file only: a program that links it beside extensions of its own has those, too, because its
# list takes the place of the library's.
function(cusched_registry kind)
  cmake_parse_arguments(arg "" "HEADER;RETURNS;FILE" "GLOB" ${ARGN})
  string(TOUPPER "${kind}" marker)
  set(sources "")
  foreach(pattern ${arg_GLOB})
    file(GLOB found CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}" "${CMAKE_SOURCE_DIR}/${pattern}")
    list(APPEND sources ${found})
  endforeach()
  list(SORT sources)
  set(KIND ${kind})
  set(HEADER ${arg_HEADER})
  set(TYPE ${arg_RETURNS})
  set(DECLARATIONS "")
  set(APPENDS "")
  set(names "")
  foreach(source ${sources})
    # Configure again when the content changes: it may have become, or ceased to be, an extension.
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${source}")
    file(STRINGS "${source}" line REGEX "^CUSCHED_${marker}\\(" LIMIT_COUNT 1)
    if(NOT line)
      continue()
    endif()
    cmake_path(GET source STEM name)
    string(REGEX REPLACE "^CUSCHED_${marker}\\(([A-Za-z0-9_]+).*" "\\1" told "${line}")
    if(NOT told STREQUAL name)
      message(FATAL_ERROR "${source}: write CUSCHED_${marker}(${name}, ...), the file's name")
    endif()
    string(APPEND DECLARATIONS "${TYPE} ${kind}_${name}();\n")
    string(APPEND APPENDS "  all.push_back(${kind}_${name}());\n")
    list(APPEND names ${name})
  endforeach()
  set(file "${arg_FILE}")
  if(NOT file)
    set(file "${CMAKE_BINARY_DIR}/generated/agents/generated/${kind}_registry.cpp")
    message(STATUS "${kind}s: ${names}")
    set(CUSCHED_REGISTRY_SOURCES ${CUSCHED_REGISTRY_SOURCES} "${file}" PARENT_SCOPE)
  endif()
  configure_file("${CMAKE_SOURCE_DIR}/cmake/templates/extension_registry.cpp.in" "${file}" @ONLY)
endfunction()

set(CUSCHED_REGISTRY_SOURCES "")
cusched_registry(network GLOB "agents/networks/*.cpp" HEADER agents/network_registry.h
  RETURNS "const NetworkEntry*")
cusched_registry(algorithm GLOB "agents/*.cpp" HEADER agents/algorithm.h
  RETURNS "std::unique_ptr<Algorithm>")
