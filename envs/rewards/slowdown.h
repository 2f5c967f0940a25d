// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_state.h"

namespace cusched::rewards {

struct Slowdown {
  static constexpr const char* kName = "slowdown";
  static constexpr const char* kAbout =
      "Minus the increase of the sum of bounded slowdowns, max(1, (wait + run) / max(run, 10 s)): "
      "summed over an episode whose jobs all start it is their number minus the sum.";
  static constexpr const char* kSource =
      "Feitelson's bounded slowdown, as RLScheduler (Zhang et al., SC'20)";

  CUSCHED_HD static float value(const admission::Facts& f) {
    return -static_cast<float>(f.slowdown_q32) / 4294967296.0f;
  }
};

}  // namespace cusched::rewards
