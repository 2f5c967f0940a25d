# SPDX-License-Identifier: MIT
# cusched_build_info: version and commit in one small translation unit, so that a new commit compiles
# one file. Run at build time (cmake -P) it writes that file when something changed.
if(CMAKE_SCRIPT_MODE_FILE)
  set(CUSCHED_COMMIT "unknown")
  execute_process(COMMAND git -C "${SOURCE_DIR}" rev-parse --short=12 HEAD
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed)
    set(CUSCHED_COMMIT "${commit}")
    execute_process(COMMAND git -C "${SOURCE_DIR}" status --porcelain --untracked-files=no
      OUTPUT_VARIABLE changes ERROR_QUIET)
    if(changes)
      string(APPEND CUSCHED_COMMIT "-dirty")
    endif()
  endif()
  configure_file("${SOURCE_DIR}/cmake/templates/build_info.cpp.in" "${OUTPUT}" @ONLY)
  return()
endif()

set(info "${CMAKE_BINARY_DIR}/generated/build_info")
configure_file(cmake/templates/build_info.h.in "${CMAKE_BINARY_DIR}/generated/build_info.h" COPYONLY)
add_custom_target(cusched_build_info_source BYPRODUCTS "${info}.cpp"
  COMMAND "${CMAKE_COMMAND}" "-DSOURCE_DIR=${CMAKE_SOURCE_DIR}" "-DOUTPUT=${info}.cpp"
    "-DCUSCHED_VERSION=${PROJECT_VERSION}" "-DBUILD_TYPE=${CMAKE_BUILD_TYPE}"
    "-DCUDA_VERSION=${CMAKE_CUDA_COMPILER_VERSION}" "-DTORCH_VERSION=${CUSCHED_TORCH_VERSION}"
    -P "${CMAKE_SOURCE_DIR}/cmake/CuschedBuildInfo.cmake"
  VERBATIM)
add_library(cusched_build_info STATIC "${info}.cpp")
add_dependencies(cusched_build_info cusched_build_info_source)
target_include_directories(cusched_build_info PUBLIC "${CMAKE_BINARY_DIR}/generated")
cusched_flags(cusched_build_info)
