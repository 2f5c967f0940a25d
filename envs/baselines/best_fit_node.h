// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/baselines/node_choice.h"
#include "envs/baselines/node_use.h"
#include "envs/placement_view.h"

namespace cusched::baselines {

// The tightest fit of `placement`: the node that keeps the least CPU and GPU free, as in FGD's
// experiments.
struct BestFitNode {
  static constexpr const char* kName = "best-fit";

  template <class Group>
  CUSCHED_HD static int choose(const Group& g, const placement::View& v, int32_t*, const Philox4&) {
    if (!v.has_pod()) return -1;
    return best_node(g, v, [&](int n) { return best_fit_score(v.node(n), v.pod()); });
  }
};

}  // namespace cusched::baselines
