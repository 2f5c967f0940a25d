// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/placement_state.h"

namespace cusched::rewards {

// Minus the change of the fragmentation rate: F of all nodes over GPU capacity.
struct Fragmentation {
  static constexpr const char* kName = "fragmentation";

  CUSCHED_HD static float value(const placement::Facts& f) {
    return -static_cast<float>(f.fragmentation) /
           static_cast<float>(f.total_gpu_milli * f.frag_weight);
  }
};

}  // namespace cusched::rewards
