// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_state.h"

namespace cusched::rewards {

struct GangWait {
  static constexpr const char* kName = "gang_wait";
  static constexpr const char* kAbout =
      "Minus the job-hours that gangs (jobs of several pods) spent waiting in the queue: summed "
      "over an episode it is minus the gangs' total wait.";
  static constexpr const char* kSource = "Little's law";

  CUSCHED_HD static float value(const admission::Facts& f) {
    return -static_cast<float>(f.gang_queue_s) / 3600.0f;
  }
};

}  // namespace cusched::rewards
