// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/baselines/node_choice.h"
#include "envs/baselines/node_use.h"
#include "envs/placement_view.h"

namespace cusched::baselines {

struct Binpack {
  static constexpr const char* kName = "binpack";
  static constexpr const char* kAbout =
      "The fullest node: the mean over CPU, memory and GPU, those that the node has, of the per "
      "cent in use with the pod.";
  static constexpr const char* kSource = "kube-scheduler's MostAllocated, equal weights";
  static constexpr const char* kSee = "spread is the opposite order";

  template <class Group>
  CUSCHED_HD static int choose(const Group& g, const placement::View& v, int32_t*, const Philox4&) {
    if (!v.has_pod()) return -1;
    return best_node(g, v,
                     [&](int n) { return NodeUse(v.node(n), v.pod()).allocated_score(false); });
  }
};

}  // namespace cusched::baselines
