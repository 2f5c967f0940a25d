// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/baselines/node_choice.h"
#include "envs/placement_view.h"

namespace cusched::baselines {

struct Fgd {
  static constexpr const char* kName = "fgd";
  static constexpr const char* kAbout =
      "Fragmentation gradient descent: the node, and for a pod with a share of a GPU the GPU, that "
      "lets fragmentation (GPU that a typical pod cannot use) grow least.";
  static constexpr const char* kSource = "Weng et al., ATC'23";

  template <class Group>
  CUSCHED_HD static int choose(const Group& g, const placement::View& v, int32_t*, const Philox4&) {
    if (!v.has_pod()) return -1;
    const placement::PodSpec& pod = v.pod();
    const int n = best_node(g, v, [&](int i) { return v.fgd(v.node(i), pod).score; });
    return n < 0 ? -1 : placement::item_of(n, v.fgd(v.node(n), pod).gpu);
  }
};

}  // namespace cusched::baselines
