// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_state.h"

namespace cusched::rewards {

// jobs started (SKRueue's queue reduction).
struct Throughput {
  static constexpr const char* kName = "throughput";

  CUSCHED_HD static float value(const admission::Facts& f) { return static_cast<float>(f.started); }
};

}  // namespace cusched::rewards
