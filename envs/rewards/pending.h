// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/placement_state.h"

namespace cusched::rewards {

// Minus the pod-hours spent pending (dynamic): maximising it minimises the mean wait.
struct Pending {
  static constexpr const char* kName = "pending";

  CUSCHED_HD static float value(const placement::Facts& f) {
    return -static_cast<float>(f.pending_s) / 3600.0f;
  }
};

}  // namespace cusched::rewards
