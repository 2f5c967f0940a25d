// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_state.h"

namespace cusched::rewards {

struct Completion {
  static constexpr const char* kName = "completion";
  static constexpr const char* kAbout = "Jobs completed in the step.";
  static constexpr const char* kSource =
      "counts; summed over an episode the number of completed jobs";

  CUSCHED_HD static float value(const admission::Facts& f) {
    return static_cast<float>(f.completed);
  }
};

}  // namespace cusched::rewards
