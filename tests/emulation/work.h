// SPDX-License-Identifier: MIT
#pragma once

#include <driver_types.h>

#include <functional>

namespace cusched::emulation {

// One piece of work of a stream or a graph.
struct Work {
  cudaGraphNodeType type = cudaGraphNodeTypeEmpty;
  std::function<void()> run;
  cudaMemcpy3DParms copy = {};  // of a copy: its ends and direction
};

}  // namespace cusched::emulation
