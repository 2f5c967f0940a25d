// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/baselines/node_choice.h"
#include "envs/placement_view.h"

namespace cusched::baselines {

struct RoundRobin {
  static constexpr const char* kName = "round-robin";
  static constexpr const char* kAbout =
      "The next node after the last one chosen that holds the pod.";
  static constexpr const char* kSource = "round robin";

  template <class Group>
  CUSCHED_HD static int choose(const Group& g, const placement::View& v, int32_t*, const Philox4&) {
    if (!v.has_pod()) return -1;
    const int last = v.s.last_node;
    return best_node(g, v, [&](int n) { return n > last ? v.nodes() - n : -n; });
  }
};

}  // namespace cusched::baselines
