// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/placement_state.h"

namespace cusched::rewards {

// Minus pods skipped while a node fits.
struct Skips {
  static constexpr const char* kName = "skips";

  CUSCHED_HD static float value(const placement::Facts& f) { return -static_cast<float>(f.skips); }
};

}  // namespace cusched::rewards
