// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_state.h"

namespace cusched::rewards {

struct FailurePenalty {
  static constexpr const char* kName = "failure_penalty";
  static constexpr const char* kAbout =
      "Minus jobs killed for memory and jobs that failed in the step.";
  static constexpr const char* kSource = "SKRueue";

  CUSCHED_HD static float value(const admission::Facts& f) {
    return -static_cast<float>(f.oom_kills + f.failed);
  }
};

}  // namespace cusched::rewards
