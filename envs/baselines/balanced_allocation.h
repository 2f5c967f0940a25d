// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/baselines/node_choice.h"
#include "envs/baselines/node_use.h"
#include "envs/placement_view.h"

namespace cusched::baselines {

struct BalancedAllocation {
  static constexpr const char* kName = "balanced-allocation";
  static constexpr const char* kAbout =
      "The node whose CPU, memory and GPU would be used most evenly: score (1 - standard deviation "
      "of the shares in use) x 100, truncated, over the resources that the node has.";
  static constexpr const char* kSource = "kube-scheduler's NodeResourcesBalancedAllocation";

  template <class Group>
  CUSCHED_HD static int choose(const Group& g, const placement::View& v, int32_t*, const Philox4&) {
    if (!v.has_pod()) return -1;
    return best_node(g, v, [&](int n) {
      const NodeUse use(v.node(n), v.pod());
      double share[NodeUse::kResources], mean = 0.0, squares = 0.0;
      int count = 0;
      for (int r = 0; r < NodeUse::kResources; ++r) {
        if (use.capacity[r] == 0) continue;
        share[count] = static_cast<double>(use.used[r]) / static_cast<double>(use.capacity[r]);
        mean += share[count++];
      }
      mean /= count;
      for (int i = 0; i < count; ++i) squares += (share[i] - mean) * (share[i] - mean);
      return static_cast<int32_t>((1.0 - sqrt(squares / count)) * 100.0);
    });
  }
};

}  // namespace cusched::baselines
