// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_state.h"

namespace cusched::rewards {

struct Waiting {
  static constexpr const char* kName = "waiting";
  static constexpr const char* kAbout =
      "Minus the job-hours spent waiting in the queue: summed over an episode it is minus the "
      "jobs' total wait, so that maximising it minimises the mean wait.";
  static constexpr const char* kSource = "Little's law";

  CUSCHED_HD static float value(const admission::Facts& f) {
    return -static_cast<float>(f.queue_s) / 3600.0f;
  }
};

}  // namespace cusched::rewards
