# SPDX-License-Identifier: MIT
# cusched_kernels(TARGET SOURCES file.cu... [NVCC_ONLY file.cu...] LIBS target...) gives a library its
# .cu files, which need LIBS, twice:
#   TARGET_kernels    compiled by nvcc, which a program links with the CUDA runtime
#   TARGET_emulated   compiled by g++, which it links with tests/emulation in the runtime's place
# A program links the second where its property CUSCHED_EMULATED is on, else the first. NVCC_ONLY
# names files whose functions tests/emulation has itself.

# The emulation is part of the tests of a build with CUDA: it needs the toolkit's headers.
set(CUSCHED_EMULATION 0)
if(CUSCHED_WITH_CUDA AND CUSCHED_TESTS)
  set(CUSCHED_EMULATION 1)
endif()

# What a program links: REAL, or EMULATED where its property says so.
function(cusched_either real emulated result)
  set(${result} "$<IF:$<BOOL:$<TARGET_PROPERTY:CUSCHED_EMULATED>>,${emulated},${real}>" PARENT_SCOPE)
endfunction()

# The runtime, and for the learner cuBLAS, that a program links.
if(CUSCHED_WITH_CUDA)
  foreach(library cudart cublas)
    if(TARGET cusched_${library})
      add_library(cusched_${library}_or_emulated INTERFACE)
      cusched_either(cusched_${library} cusched_emulation libraries)
      target_link_libraries(cusched_${library}_or_emulated INTERFACE "${libraries}")
    endif()
  endforeach()
endif()

# For .cu files, and others with kernels, that g++ compiles.
function(cusched_emulated_flags target)
  target_compile_options(${target} PRIVATE -Wno-unknown-pragmas)  # of nvcc, about unrolling
  # Before the toolkit's folder: the cuda_runtime.h here takes the place of the toolkit's.
  target_include_directories(${target} BEFORE PRIVATE "${CMAKE_SOURCE_DIR}/tests/emulation/include")
endfunction()

function(cusched_kernels target)
  cmake_parse_arguments(arg "" "" "SOURCES;NVCC_ONLY;LIBS" ${ARGN})
  if(NOT CUSCHED_WITH_CUDA OR NOT arg_SOURCES)
    return()
  endif()
  add_library(${target}_kernels STATIC ${arg_SOURCES})
  cusched_flags(${target}_kernels)
  target_link_libraries(${target}_kernels PUBLIC ${arg_LIBS})

  set(emulated "")
  list(REMOVE_ITEM arg_SOURCES ${arg_NVCC_ONLY})
  if(CUSCHED_EMULATION AND arg_SOURCES)
    set(emulated ${target}_emulated)
    set(wrappers "")
    foreach(SOURCE ${arg_SOURCES})
      # Named from the root of the sources, or of the generated files.
      string(REPLACE "${CMAKE_BINARY_DIR}/generated/" "" SOURCE "${SOURCE}")
      set(wrapper "${CMAKE_BINARY_DIR}/generated/emulation/${SOURCE}.cpp")
      configure_file(cmake/templates/emulated_kernels.cpp.in "${wrapper}" @ONLY)
      list(APPEND wrappers "${wrapper}")
    endforeach()
    add_library(${emulated} STATIC ${wrappers})
    cusched_flags(${emulated})
    cusched_emulated_flags(${emulated})
    target_link_libraries(${emulated} PUBLIC ${arg_LIBS})
  endif()
  cusched_either(${target}_kernels "${emulated}" kernels)
  target_link_libraries(${target} PUBLIC "${kernels}")
endfunction()
