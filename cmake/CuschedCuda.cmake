# SPDX-License-Identifier: MIT
# Decides whether the build has the CUDA back end and makes the targets cusched_cudart and, with the
# learner, cusched_cublas.
# nvcc comes from CUDACXX, from PATH, from /usr/local/cuda, or from the Python environment, where
# scripts/setup puts it when the machine has no toolkit.
# Sets CUSCHED_WITH_CUDA (0 or 1).

# The first nvcc of CUDA 13 or newer; a distribution's older one in PATH is passed over.
function(cusched_find_nvcc result reason)
  find_program(in_path nvcc NO_CACHE)
  file(GLOB in_venv "${CUSCHED_VENV}/lib/python3*/site-packages/nvidia/cu13/bin/nvcc")
  set(why "no nvcc was found")
  foreach(nvcc "${CMAKE_CUDA_COMPILER}" "$ENV{CUDACXX}" "${in_path}" /usr/local/cuda/bin/nvcc ${in_venv}
      "${CUSCHED_SITE_PACKAGES}/nvidia/cu13/bin/nvcc")
    if(nvcc AND EXISTS "${nvcc}")
      execute_process(COMMAND "${nvcc}" --version OUTPUT_VARIABLE text ERROR_QUIET)
      string(REGEX MATCH "release ([0-9]+\\.[0-9]+)" _ "${text}")
      if(CMAKE_MATCH_1 VERSION_GREATER_EQUAL 13.0)
        set(${result} "${nvcc}" PARENT_SCOPE)
        return()
      endif()
      set(why "${nvcc} is release ${CMAKE_MATCH_1}, and 13.0 or newer is needed")
    endif()
  endforeach()
  set(${result} "" PARENT_SCOPE)
  set(${reason} "${why}" PARENT_SCOPE)
endfunction()

set(CUSCHED_WITH_CUDA 0)
if(NOT CUSCHED_CUDA STREQUAL "OFF")
  set(problem "")
  cusched_find_nvcc(CUSCHED_NVCC problem)
  if(CUSCHED_NVCC AND CUSCHED_TORCH AND NOT CUSCHED_TORCH_HAS_CUDA)
    set(problem "LibTorch in ${CUSCHED_TORCH_ROOT} was built without CUDA")
  elseif(CUSCHED_NVCC)
    set(CMAKE_CUDA_COMPILER "${CUSCHED_NVCC}")
    set(CMAKE_CUDA_ARCHITECTURES "${CUSCHED_CUDA_ARCHITECTURES}")
    set(CMAKE_CUDA_RUNTIME_LIBRARY None)  # our links name the runtime by its path: cusched_cudart
    enable_language(CUDA)
    set(CUSCHED_WITH_CUDA 1)
  endif()
  if(problem AND CUSCHED_CUDA STREQUAL "ON")
    message(FATAL_ERROR "CUSCHED_CUDA=ON, but ${problem}. "
      "Run scripts/setup, set CUDACXX to an nvcc 13, or configure with -DCUSCHED_CUDA=AUTO")
  elseif(problem)
    message(STATUS "CUDA back end: off (${problem})")
  endif()
endif()

if(CUSCHED_WITH_CUDA)
  # One library of each kind in the process: torch's where there is one, else the toolkit's.
  set(toolkit "${CMAKE_CUDA_COMPILER_TOOLKIT_ROOT}")
  if(NOT toolkit)
    file(REAL_PATH "${CMAKE_CUDA_COMPILER}" nvcc)
    cmake_path(GET nvcc PARENT_PATH toolkit)
    cmake_path(GET toolkit PARENT_PATH toolkit)
  endif()
  # cusched_cuda_library(NAME RESULT HEADER LIBRARY): the target cusched_NAME, and RESULT_INCLUDE.
  function(cusched_cuda_library name result header library)
    find_path(${result}_INCLUDE ${header} NO_DEFAULT_PATH
      PATHS "${toolkit}/include" "${toolkit}/targets/x86_64-linux/include"
            "${CUSCHED_SITE_PACKAGES}/nvidia/cu13/include")
    find_library(${result} NAMES ${library} NO_DEFAULT_PATH
      PATHS "${CUSCHED_SITE_PACKAGES}/nvidia/cu13/lib" "${CUSCHED_TORCH_ROOT}/lib"
            "${toolkit}/lib64" "${toolkit}/lib" "${toolkit}/targets/x86_64-linux/lib")
    if(NOT ${result}_INCLUDE OR NOT ${result})
      message(FATAL_ERROR "nvcc is ${CMAKE_CUDA_COMPILER}, but ${header} or ${library} was found "
        "neither beside it nor in torch's environment. Install the development files of CUDA's "
        "${name}, or run scripts/setup")
    endif()
    add_library(cusched_${name} SHARED IMPORTED GLOBAL)
    set_target_properties(cusched_${name} PROPERTIES IMPORTED_LOCATION "${${result}}")
    target_include_directories(cusched_${name} SYSTEM INTERFACE "${${result}_INCLUDE}")
  endfunction()
  cusched_cuda_library(cudart CUSCHED_CUDART cuda_runtime_api.h libcudart.so.13)
  if(CUSCHED_TORCH)  # the learner's matrix products
    cusched_cuda_library(cublas CUSCHED_CUBLAS cublas_v2.h libcublas.so.13)
  endif()
  message(STATUS "CUDA back end: nvcc ${CMAKE_CUDA_COMPILER_VERSION} (${CMAKE_CUDA_COMPILER}), "
    "architectures ${CUSCHED_CUDA_ARCHITECTURES}, runtime ${CUSCHED_CUDART}")
endif()

if(CUSCHED_TORCH)
  add_library(cusched_torch INTERFACE)
  # After the system's folders: the wheel carries old copies of protobuf's and fmt's headers.
  foreach(folder include include/torch/csrc/api/include)
    target_compile_options(cusched_torch INTERFACE
      "$<$<COMPILE_LANGUAGE:CXX>:SHELL:-idirafter ${CUSCHED_TORCH_ROOT}/${folder}>")
  endforeach()
  # By -L and -l with our own rpath: the wheel's folder also holds a libgomp.so.1, for which CMake
  # would warn about an unsafe search path. Here it is wanted: torch and we then share one OpenMP.
  set(torch_lib "${CUSCHED_TORCH_ROOT}/lib")
  set(libs -ltorch_cpu -lc10)
  if(CUSCHED_WITH_CUDA)
    # Nothing refers to libtorch_cuda by symbol: without this flag the linker drops the back end.
    set(libs -Wl,--push-state,--no-as-needed -ltorch_cuda -Wl,--pop-state ${libs} -lc10_cuda)
  endif()
  target_link_libraries(cusched_torch INTERFACE ${libs})
  target_link_options(cusched_torch INTERFACE "-L${torch_lib}" "-Wl,-rpath,${torch_lib}")
endif()
