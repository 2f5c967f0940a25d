// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_state.h"

namespace cusched::rewards {

// minus OOM kills and failures.
struct FailurePenalty {
  static constexpr const char* kName = "failure_penalty";

  CUSCHED_HD static float value(const admission::Facts& f) {
    return -static_cast<float>(f.oom_kills + f.failed);
  }
};

}  // namespace cusched::rewards
