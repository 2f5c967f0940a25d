# SPDX-License-Identifier: MIT
# Compiler flags of every target. The rule behind them: the same source gives the same bits from g++
# and from nvcc, on any machine, so there is no FMA contraction, no fast math, no -march=native.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(CUSCHED_WITH_CUDA)
  # CMake 3.25 does not know that nvcc 13 takes -std=c++20 and would ignore the standard in silence.
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
  set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
  set(CMAKE_CUDA_STANDARD 20)
  set(CMAKE_CUDA_STANDARD_REQUIRED ON)
endif()

# Warnings are for everybody, but only developers and CI stop at one: the next compiler has new ones.
set(CUSCHED_CXX_FLAGS -Wall -Wextra -ffp-contract=off)
set(CUSCHED_CUDA_FLAGS -fmad=false -Xcompiler=-Wall,-Wextra,-ffp-contract=off)
if(CUSCHED_WERROR)
  list(APPEND CUSCHED_CXX_FLAGS -Werror)
  list(APPEND CUSCHED_CUDA_FLAGS -Werror=all-warnings -Xcompiler=-Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  list(APPEND CUSCHED_CXX_FLAGS -Wno-restrict)  # false alarms on `"literal" + string` (GCC PR105651)
endif()
if(CUSCHED_SANITIZE)
  list(APPEND CUSCHED_CXX_FLAGS -fsanitize=address,undefined -fno-sanitize-recover=undefined
    -fno-omit-frame-pointer -D_GLIBCXX_ASSERTIONS
    -Wno-maybe-uninitialized)  # false alarms on instrumented code, as GCC's manual says
endif()

# Flags that our own code gets; generated protobuf code and third parties do not.
function(cusched_flags target)
  target_compile_options(${target} PRIVATE
    "$<$<COMPILE_LANGUAGE:CXX>:${CUSCHED_CXX_FLAGS}>"
    "$<$<COMPILE_LANGUAGE:CUDA>:${CUSCHED_CUDA_FLAGS}>")
  if(CUSCHED_SANITIZE)
    target_link_options(${target} PRIVATE -fsanitize=address,undefined)
  endif()
endfunction()
