// SPDX-License-Identifier: MIT
// How full a node would be with a pod on it; not a baseline.
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/placement_view.h"

namespace cusched::baselines {

// CPU, memory and GPU milli of a node: capacity, and what is in use with the pod counted.
struct NodeUse {
  static constexpr int kResources = 3;
  int64_t capacity[kResources], used[kResources];

  CUSCHED_HD NodeUse(const placement::NodeState& n, const placement::PodSpec& pod)
      : capacity{n.cpu_milli, n.memory_mib, int64_t{placement::kMilli} * n.gpus},
        used{n.cpu_milli - n.free_cpu_milli + pod.cpu_milli,
             n.memory_mib - n.free_memory_mib + pod.memory_mib,
             int64_t{placement::kMilli} * n.gpus - n.total + pod.gpu_milli()} {}

  // kube-scheduler's LeastAllocated (`free`) and MostAllocated: the mean over the resources that
  // the node has of the per cent that is free or in use, in integers.
  CUSCHED_HD int32_t allocated_score(bool free) const {
    int64_t sum = 0, weights = 0;
    for (int r = 0; r < kResources; ++r) {
      if (capacity[r] == 0) continue;
      sum += (free ? capacity[r] - used[r] : used[r]) * 100 / capacity[r];
      ++weights;
    }
    return static_cast<int32_t>(weights > 0 ? sum / weights : 0);
  }
};

CUSCHED_HD int32_t best_fit_score(const placement::NodeState& n, const placement::PodSpec& pod) {
  return static_cast<int32_t>(placement::View::best_fit(n, pod));
}

}  // namespace cusched::baselines
