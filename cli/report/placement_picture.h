// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "envs/cluster_state.h"

namespace cusched {

// What a picture of a cluster shows, before it is drawn.

// The part of one GPU that a pod has. The pods of a GPU are stacked in the order of
// ClusterState::pods, from 0 upwards; what is free lies above them.
struct GpuSegment {
  int pod;  // index into ClusterState::pods
  int gpu;
  int from_milli, to_milli;
};

// For each node its segments, by GPU and upwards. Throws Error where they are not what the nodes
// have in use.
std::vector<std::vector<GpuSegment>> gpu_segments(const ClusterState& cluster);

// Sums over some nodes.
struct ClusterSums {
  int64_t gpus = 0, whole_free_gpus = 0;
  int64_t free_milli = 0;
  double fragmented_milli = 0;  // of the free ones
  int64_t cpu_milli = 0, free_cpu_milli = 0, memory_mib = 0, free_memory_mib = 0;

  void add(const ClusterNode& node);
  double gpu_share() const;  // allocated, 0..1
  double cpu_share() const;
  double memory_share() const;
};

// Nodes with as many GPUs of the same model, in the order of the cluster.
struct ModelGroup {
  std::string name;  // e.g. "G2: 549 nodes with 8 GPUs"
  std::vector<int> nodes;
  ClusterSums sums;
};

// Most GPUs first, then in the order of the models.
std::vector<ModelGroup> model_groups(const ClusterState& cluster);

// "1 node", "2 nodes".
std::string counted(int64_t count, const std::string& word);

}  // namespace cusched
