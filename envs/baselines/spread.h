// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/baselines/node_choice.h"
#include "envs/baselines/node_use.h"
#include "envs/placement_view.h"

namespace cusched::baselines {

struct Spread {
  static constexpr const char* kName = "spread";
  static constexpr const char* kAbout =
      "The emptiest node: the mean over CPU, memory and GPU, those that the node has, of the per "
      "cent free with the pod.";
  static constexpr const char* kSource = "kube-scheduler's LeastAllocated, equal weights";
  static constexpr const char* kSee = "binpack is the opposite order";

  template <class Group>
  CUSCHED_HD static int choose(const Group& g, const placement::View& v, int32_t*, const Philox4&) {
    if (!v.has_pod()) return -1;
    return best_node(g, v,
                     [&](int n) { return NodeUse(v.node(n), v.pod()).allocated_score(true); });
  }
};

}  // namespace cusched::baselines
