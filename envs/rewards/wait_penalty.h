// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_state.h"

namespace cusched::rewards {

struct WaitPenalty {
  static constexpr const char* kName = "wait_penalty";
  static constexpr const char* kAbout =
      "Minus min(mean minutes waited / 60, 1) over the queue, per elapsed tick.";
  static constexpr const char* kSource = "SKRueue";

  CUSCHED_HD static float value(const admission::Facts& f) {
    return -static_cast<float>(f.wait_ppm_s) / (1000000.0f * static_cast<float>(f.tick_s));
  }
};

}  // namespace cusched::rewards
