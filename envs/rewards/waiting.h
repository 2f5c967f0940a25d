// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_state.h"

namespace cusched::rewards {

// Minus the job-hours spent waiting in the queue: summed over an episode it is minus the jobs'
// total wait (Little's law), so that maximising it minimises the mean wait. Not one of SKRueue's
// terms.
struct Waiting {
  static constexpr const char* kName = "waiting";

  CUSCHED_HD static float value(const admission::Facts& f) {
    return -static_cast<float>(f.queue_s) / 3600.0f;
  }
};

}  // namespace cusched::rewards
