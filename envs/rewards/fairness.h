// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_state.h"

namespace cusched::rewards {

struct Fairness {
  static constexpr const char* kName = "fairness";
  static constexpr const char* kAbout =
      "Minus the spread (largest minus smallest) of tenants' dominant shares, per elapsed tick.";
  static constexpr const char* kSource = "dominant shares: Ghodsi et al., NSDI'11";

  CUSCHED_HD static float value(const admission::Facts& f) {
    return -static_cast<float>(f.spread_ppm_s) / (1000000.0f * static_cast<float>(f.tick_s));
  }
};

}  // namespace cusched::rewards
