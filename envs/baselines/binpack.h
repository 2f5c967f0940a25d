// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/baselines/node_choice.h"
#include "envs/baselines/node_use.h"
#include "envs/placement_view.h"

namespace cusched::baselines {

// kube-scheduler's MostAllocated over CPU, memory and GPU, equal weights.
struct Binpack {
  static constexpr const char* kName = "binpack";

  template <class Group>
  CUSCHED_HD static int choose(const Group& g, const placement::View& v, int32_t*, const Philox4&) {
    if (!v.has_pod()) return -1;
    return best_node(g, v,
                     [&](int n) { return NodeUse(v.node(n), v.pod()).allocated_score(false); });
  }
};

}  // namespace cusched::baselines
