// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/baselines/node_choice.h"
#include "envs/placement_view.h"

namespace cusched::baselines {

struct FirstFit {
  static constexpr const char* kName = "first-fit";
  static constexpr const char* kAbout =
      "The first node, in the order of the list, that holds the pod.";
  static constexpr const char* kSource = "bin packing's first fit";

  template <class Group>
  CUSCHED_HD static int choose(const Group& g, const placement::View& v, int32_t*, const Philox4&) {
    if (!v.has_pod()) return -1;
    return best_node(g, v, [&](int n) { return -n; });
  }
};

}  // namespace cusched::baselines
