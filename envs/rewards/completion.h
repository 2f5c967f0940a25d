// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_state.h"

namespace cusched::rewards {

// jobs completed.
struct Completion {
  static constexpr const char* kName = "completion";

  CUSCHED_HD static float value(const admission::Facts& f) {
    return static_cast<float>(f.completed);
  }
};

}  // namespace cusched::rewards
