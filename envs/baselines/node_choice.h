// SPDX-License-Identifier: MIT
// How heuristics of `placement` choose a node by a score; not a baseline.
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/placement_view.h"

namespace cusched::baselines {

// The node of the highest score (int32), the lowest rank on ties; -1 when the pod fits nowhere or
// is deferred.
template <class Group, class Score>
CUSCHED_HD int best_node(const Group& g, const placement::View& v, const Score& score) {
  constexpr int64_t kBlocked = INT64_MAX;
  const int best = g.argmin(v.nodes(), [&](int n) -> int64_t {
    if (!v.allowed(n)) return kBlocked;
    return -static_cast<int64_t>(score(n)) * (int64_t{1} << 32) + v.node(n).rank;
  });
  return best < 0 || !v.allowed(best) || v.deferred(best) ? -1 : best;
}

}  // namespace cusched::baselines
