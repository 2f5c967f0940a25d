// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/placement_state.h"

namespace cusched::rewards {

struct Skips {
  static constexpr const char* kName = "skips";
  static constexpr const char* kAbout = "Minus pods skipped while a node fits.";
  static constexpr const char* kSource = "SelSched's SKIP";

  CUSCHED_HD static float value(const placement::Facts& f) { return -static_cast<float>(f.skips); }
};

}  // namespace cusched::rewards
