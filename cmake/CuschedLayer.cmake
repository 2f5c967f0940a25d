# SPDX-License-Identifier: MIT
# cusched_layer(NAME GLOBS pattern... [EXCEPT file...] [SOURCES file...] [NVCC_ONLY file...]
#   [LAYERS name...] [LIBS target...])
# makes the static library cusched_NAME from the .cpp files that match the patterns, and the libraries
# of its kernels from the .cu files (cmake/CuschedKernels.cmake). A layer without sources becomes an
# interface library, so that the tree builds from its first file on.

function(cusched_layer name)
  cmake_parse_arguments(arg "" "" "GLOBS;EXCEPT;SOURCES;NVCC_ONLY;LAYERS;LIBS" ${ARGN})
  set(target cusched_${name})
  set(sources ${arg_SOURCES})
  foreach(pattern ${arg_GLOBS})
    foreach(suffix .cpp .cu)
      file(GLOB found CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}"
        "${CMAKE_SOURCE_DIR}/${pattern}${suffix}")
      list(APPEND sources ${found})
    endforeach()
  endforeach()
  if(arg_EXCEPT)
    list(REMOVE_ITEM sources ${arg_EXCEPT})
  endif()
  list(TRANSFORM arg_LAYERS PREPEND cusched_)
  set(kernels ${sources})
  list(FILTER kernels INCLUDE REGEX "\\.cu$")
  list(FILTER sources EXCLUDE REGEX "\\.cu$")

  if(sources)
    add_library(${target} STATIC ${sources})
    cusched_flags(${target})
    set(scope PUBLIC)
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(${target} ${scope}
    "${CMAKE_SOURCE_DIR}" "${CMAKE_BINARY_DIR}/generated")
  target_compile_definitions(${target} ${scope} CUSCHED_WITH_CUDA=${CUSCHED_WITH_CUDA})
  target_link_libraries(${target} ${scope} ${arg_LAYERS} ${arg_LIBS})
  if(CUSCHED_WITH_CUDA)
    target_link_libraries(${target} ${scope} cusched_cudart_or_emulated)
  endif()
  cusched_kernels(${target} SOURCES ${kernels} NVCC_ONLY ${arg_NVCC_ONLY} LIBS ${target})
endfunction()
