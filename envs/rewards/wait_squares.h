// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_state.h"

namespace cusched::rewards {

struct WaitSquares {
  static constexpr const char* kName = "wait_squares";
  static constexpr const char* kAbout =
      "Minus the increase of the sum of squared waits, h^2: a job counts more the longer it has "
      "waited. Summed over an episode without kills it is minus the sum of the jobs' squared "
      "waits.";
  static constexpr const char* kSource = "the second moment of the wait, which long waits govern";

  CUSCHED_HD static float value(const admission::Facts& f) {
    return -static_cast<float>(f.wait_squares_s2) / (3600.0f * 3600.0f);
  }
};

}  // namespace cusched::rewards
