// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "cuda/philox.h"

namespace cusched::baselines {

struct RandomFeasible {
  static constexpr const char* kName = "random-feasible";
  static constexpr const char* kAbout =
      "Uniform over the allowed actions, waiting included where it is allowed: what a policy that "
      "knows nothing does.";
  static constexpr const char* kSource = "the floor of every comparison";

  template <class Group, class View>
  CUSCHED_HD static int choose(const Group& g, const View& view, int32_t*, const Philox4& random) {
    const int visible = view.visible();
    const int allowed =
        static_cast<int>(g.sum(visible, [&](int i) { return view.allowed(i) ? 1 : 0; }));
    const int actions = allowed + (view.wait_allowed() ? 1 : 0);
    if (actions == 0) return -1;
    int pick = static_cast<int>(bounded(random.v[0], static_cast<uint32_t>(actions)));
    if (pick == allowed) return -1;
    for (int i = 0;; ++i)
      if (view.allowed(i) && pick-- == 0) return i;
  }
};

}  // namespace cusched::baselines
