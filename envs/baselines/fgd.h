// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/baselines/node_choice.h"
#include "envs/placement_view.h"

namespace cusched::baselines {

// Fragmentation Gradient Descent (Weng et al., ATC'23): the node, and for a share pod the GPU, that
// lets fragmentation grow least.
struct Fgd {
  static constexpr const char* kName = "fgd";

  template <class Group>
  CUSCHED_HD static int choose(const Group& g, const placement::View& v, int32_t*, const Philox4&) {
    if (!v.has_pod()) return -1;
    const placement::PodSpec& pod = v.pod();
    const int n = best_node(g, v, [&](int i) { return v.fgd(v.node(i), pod).score; });
    return n < 0 ? -1 : placement::item_of(n, v.fgd(v.node(n), pod).gpu);
  }
};

}  // namespace cusched::baselines
