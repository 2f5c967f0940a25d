// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/placement_state.h"

namespace cusched::rewards {

struct Pending {
  static constexpr const char* kName = "pending";
  static constexpr const char* kAbout =
      "Minus the pod-hours spent pending (mode dynamic): maximising the sum minimises the mean "
      "wait.";
  static constexpr const char* kSource = "Little's law";

  CUSCHED_HD static float value(const placement::Facts& f) {
    return -static_cast<float>(f.pending_s) / 3600.0f;
  }
};

}  // namespace cusched::rewards
