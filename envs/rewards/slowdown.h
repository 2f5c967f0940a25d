// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_state.h"

namespace cusched::rewards {

// Minus the increase of the sum of bounded slowdowns, max(1, (wait + run) / max(run, 10)): summed
// over an episode of jobs that all start it is their number minus the sum (HPC traces).
struct Slowdown {
  static constexpr const char* kName = "slowdown";

  CUSCHED_HD static float value(const admission::Facts& f) {
    return -static_cast<float>(f.slowdown_q32) / 4294967296.0f;
  }
};

}  // namespace cusched::rewards
