# SPDX-License-Identifier: MIT
# Finds LibTorch and makes the target cusched_torch. Not find_package(Torch): that stops on two CUDA
# toolkits, ignores CMAKE_CUDA_ARCHITECTURES and wants a library that CUDA 13 no longer has.
#
# Looked for, in this order: CUSCHED_TORCH_ROOT, CMAKE_PREFIX_PATH (an unpacked libtorch), the
# environment CUSCHED_VENV or the one scripts/setup makes, the torch of `python3` in PATH.
# Sets CUSCHED_TORCH_ROOT (the folder with include/ and lib/), CUSCHED_SITE_PACKAGES (where the
# wheels lie, empty for an unpacked libtorch) and CUSCHED_TORCH_HAS_CUDA.

set(CUSCHED_TORCH_ROOT "" CACHE PATH "Folder of LibTorch with include/ and lib/")
set(CUSCHED_TORCH_MINIMUM 2.11)

if(NOT CUSCHED_VENV)
  if(DEFINED ENV{CUSCHED_VENV})
    set(CUSCHED_VENV "$ENV{CUSCHED_VENV}")
  elseif(DEFINED ENV{XDG_CACHE_HOME})
    set(CUSCHED_VENV "$ENV{XDG_CACHE_HOME}/cusched/venv")
  else()
    set(CUSCHED_VENV "$ENV{HOME}/.cache/cusched/venv")
  endif()
endif()

function(cusched_find_torch result)
  set(candidates ${CUSCHED_TORCH_ROOT})
  foreach(prefix ${CMAKE_PREFIX_PATH})
    list(APPEND candidates "${prefix}" "${prefix}/libtorch")
  endforeach()
  file(GLOB in_venv "${CUSCHED_VENV}/lib/python3*/site-packages/torch")
  list(APPEND candidates ${in_venv})
  foreach(candidate ${candidates})
    if(EXISTS "${candidate}/lib/libtorch_cpu.so" AND EXISTS "${candidate}/include/ATen/ATen.h")
      set(${result} "${candidate}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  find_program(CUSCHED_PYTHON3 python3)
  if(CUSCHED_PYTHON3)
    execute_process(
      COMMAND "${CUSCHED_PYTHON3}" -c
        "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])"
      OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
    if(NOT failed AND EXISTS "${found}/lib/libtorch_cpu.so")
      set(${result} "${found}" PARENT_SCOPE)
      return()
    endif()
  endif()
  set(${result} "" PARENT_SCOPE)
endfunction()

cusched_find_torch(CUSCHED_TORCH_FOUND)
set(CUSCHED_TORCH_HAS_CUDA FALSE)
set(CUSCHED_SITE_PACKAGES "")
if(CUSCHED_TORCH_FOUND)
  set(CUSCHED_TORCH_ROOT "${CUSCHED_TORCH_FOUND}" CACHE PATH "" FORCE)
  cmake_path(GET CUSCHED_TORCH_ROOT PARENT_PATH site)
  if(EXISTS "${site}/torch/lib")
    set(CUSCHED_SITE_PACKAGES "${site}")
  endif()
  if(EXISTS "${CUSCHED_TORCH_ROOT}/lib/libtorch_cuda.so")
    set(CUSCHED_TORCH_HAS_CUDA TRUE)
  endif()
elseif(CUSCHED_TORCH)
  message(FATAL_ERROR "LibTorch was not found (the learner, the export and the command need it). "
    "Run scripts/setup, or give an unpacked libtorch: -DCMAKE_PREFIX_PATH=/path/to/libtorch, "
    "or build only the environments: -DCUSCHED_TORCH=OFF")
endif()

if(CUSCHED_TORCH)
  set(version_header "${CUSCHED_TORCH_ROOT}/include/torch/headeronly/version.h")
  if(NOT EXISTS "${version_header}")
    set(version_header "${CUSCHED_TORCH_ROOT}/include/torch/csrc/api/include/torch/version.h")
  endif()
  set(CUSCHED_TORCH_VERSION 0)
  if(EXISTS "${version_header}")
    file(STRINGS "${version_header}" line REGEX "define TORCH_VERSION_M(AJOR|INOR) +[0-9]")
    string(REGEX MATCHALL "[0-9]+" numbers "${line}")
    list(JOIN numbers "." CUSCHED_TORCH_VERSION)
  endif()
  if(CUSCHED_TORCH_VERSION VERSION_LESS CUSCHED_TORCH_MINIMUM)
    message(FATAL_ERROR "LibTorch ${CUSCHED_TORCH_VERSION} in ${CUSCHED_TORCH_ROOT} is too old "
      "(${CUSCHED_TORCH_MINIMUM} or newer is needed). Run scripts/setup, or set CUSCHED_TORCH_ROOT")
  endif()
  message(STATUS "LibTorch ${CUSCHED_TORCH_VERSION}: ${CUSCHED_TORCH_ROOT}")
endif()

# Python with torch, for tests that load a policy without cusched.
if(CUSCHED_SITE_PACKAGES AND EXISTS "${CUSCHED_SITE_PACKAGES}/../../../bin/python3")
  cmake_path(SET CUSCHED_PYTHON NORMALIZE "${CUSCHED_SITE_PACKAGES}/../../../bin/python3")
else()
  find_program(CUSCHED_PYTHON3 python3)
  set(CUSCHED_PYTHON "${CUSCHED_PYTHON3}")
endif()
