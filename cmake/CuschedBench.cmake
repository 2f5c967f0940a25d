# SPDX-License-Identifier: MIT
# bench/NAME_bench.cpp     a Google Benchmark program
# bench/*.cpp              the library cusched_bench, which `cusched bench` calls
# bench/peers/*_capi.*     a shared library for Python (ctypes)
# bench/peers/*.cpp        a program each, what our numbers are compared with
file(GLOB programs CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}" bench/*_bench.cpp)
cusched_layer(bench GLOBS "bench/*" EXCEPT ${programs} LAYERS cuda envs agents export build_info
  LIBS nlohmann_json::nlohmann_json fmt::fmt)
if(NOT CUSCHED_BENCH)
  return()
endif()

foreach(source ${programs})
  cmake_path(GET source STEM name)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE cusched_bench benchmark::benchmark)
  cusched_flags(${name})
endforeach()

file(GLOB peers CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}" bench/peers/*.cpp)
foreach(source ${peers})
  cmake_path(GET source STEM name)
  if(name MATCHES "_capi$")
    add_library(${name} SHARED ${source})
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")
    target_link_libraries(${name} PRIVATE cusched_envs)
  else()
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE cusched_bench CLI11::CLI11)
  endif()
  cusched_flags(${name})
endforeach()
