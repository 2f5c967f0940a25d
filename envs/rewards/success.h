// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/placement_state.h"

namespace cusched::rewards {

struct Success {
  static constexpr const char* kName = "success";
  static constexpr const char* kAbout =
      "Share of the episode's pods that were placed in the step: summed over a static episode it "
      "is the scheduling success rate.";
  static constexpr const char* kSource = "SelSched";

  CUSCHED_HD static float value(const placement::Facts& f) {
    return static_cast<float>(f.placed) / static_cast<float>(f.submitted);
  }
};

}  // namespace cusched::rewards
