// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"

// GPU models of a cluster and which of them a job accepts. A job carries the number of a set of
// models (Job::gpu_model), a node the bit of its own model: the job may run there when the set has
// that bit.
namespace cusched {

inline constexpr int kMaxGpuModels = 8;  // of a cluster
inline constexpr int kNoGpuModel = -1;   // of a node without GPUs, or with GPUs of no model
inline constexpr int kGpuSets = 16;      // numbers of sets; 0: every node will do

using GpuModelBits = uint16_t;  // bit 0: nodes of no model, bit 1 + m: nodes of model m
inline constexpr GpuModelBits kEveryGpuModel = 0xffff;

CUSCHED_HD GpuModelBits gpu_model_bit(int model) {
  return static_cast<GpuModelBits>(1 << (1 + model));
}

}  // namespace cusched
