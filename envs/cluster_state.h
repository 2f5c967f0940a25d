// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cusched {

// Where one pod of an episode went (environments that place pods on nodes).
struct PodPlacement {
  int32_t pod;        // row of the pod list
  int32_t node;       // -1: it was not placed
  uint32_t gpus;      // bit g: it has (part of) GPU g of the node
  int32_t gpu_milli;  // it asked for, over all GPUs
};

struct GpuState {
  int32_t free_milli;       // 0..1000
  double fragmented_milli;  // of these, what typical pods cannot use: this GPU's part of FGD's F
};

struct ClusterNode {
  int32_t row = 0;                        // of the node list
  int32_t model = 0;                      // index into ClusterState::gpu_models; its size: none
  int32_t cpu_milli = 0, memory_mib = 0;  // capacity
  int32_t free_cpu_milli = 0, free_memory_mib = 0;
  std::vector<GpuState> gpus;
};

// A cluster and what sits on it.
struct ClusterState {
  std::vector<ClusterNode> nodes;
  std::vector<PodPlacement> pods;  // those on a node
  std::vector<std::string> gpu_models;
};

}  // namespace cusched
