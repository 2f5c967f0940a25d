// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_state.h"

namespace cusched::rewards {

struct Throughput {
  static constexpr const char* kName = "throughput";
  static constexpr const char* kAbout = "Jobs started in the step.";
  static constexpr const char* kSource = "SKRueue's queue reduction";

  CUSCHED_HD static float value(const admission::Facts& f) { return static_cast<float>(f.started); }
};

}  // namespace cusched::rewards
