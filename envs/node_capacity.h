// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "envs/gpu_models.h"

// In a header of its own: who reads a cluster's description does not need the state of a lane.
namespace cusched::admission {

struct NodeCapacity {
  int32_t cpu_milli, memory_mib, gpus;
  int16_t model;           // of its GPUs: an index into the cluster's models, or kNoGpuModel
  GpuModelBits model_bit;  // gpu_model_bit(model)
  double cpu_percent, memory_percent;  // 100 / capacity, 0 where there is none: see View::node_key
};

}  // namespace cusched::admission
