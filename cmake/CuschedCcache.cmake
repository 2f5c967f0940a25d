# SPDX-License-Identifier: MIT
# Uses ccache where it is installed and nobody chose another launcher.
find_program(CUSCHED_CCACHE ccache)
if(CUSCHED_CCACHE)
  foreach(language CXX CUDA)
    if(NOT DEFINED CMAKE_${language}_COMPILER_LAUNCHER)
      set(CMAKE_${language}_COMPILER_LAUNCHER "${CUSCHED_CCACHE}")
    endif()
  endforeach()
endif()
