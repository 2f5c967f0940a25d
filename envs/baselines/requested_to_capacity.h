// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/baselines/node_choice.h"
#include "envs/baselines/node_use.h"
#include "envs/placement_view.h"

namespace cusched::baselines {

struct RequestedToCapacity {
  static constexpr const char* kName = "requested-to-capacity";
  static constexpr const char* kAbout =
      "The fullest node: the mean of the per cent in use over the resources of which some is, "
      "weighted 1 for CPU and memory and by the option gpu-weight for GPU; rounded.";
  static constexpr const char* kSource =
      "kube-scheduler's RequestedToCapacityRatio with the shape 0 % -> 0, 100 % -> 100";

  template <class Group>
  CUSCHED_HD static int choose(const Group& g, const placement::View& v, int32_t*, const Philox4&) {
    if (!v.has_pod()) return -1;
    return best_node(g, v, [&](int n) {
      const NodeUse use(v.node(n), v.pod());
      int64_t sum = 0, weights = 0;
      for (int r = 0; r < NodeUse::kResources; ++r) {
        if (use.capacity[r] == 0) continue;
        const int64_t percent = use.used[r] * 100 / use.capacity[r];
        const int64_t weight = r == 2 ? v.p.gpu_weight : 1;
        if (percent == 0) continue;
        sum += percent * weight;
        weights += weight;
      }
      return static_cast<int32_t>(weights > 0 ? (2 * sum + weights) / (2 * weights) : 0);
    });
  }
};

}  // namespace cusched::baselines
