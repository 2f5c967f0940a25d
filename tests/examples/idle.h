// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_state.h"

namespace cusched::rewards {

// An own reward term in one file, as docs/guides/extending.md explains it.
struct Idle {
  static constexpr const char* kName = "idle";
  static constexpr const char* kAbout =
      "Minus the share of the cluster's memory that lay idle while jobs waited, averaged over the "
      "step.";
  static constexpr const char* kSource = "this guide";

  CUSCHED_HD static float value(const admission::Facts& f) {
    if (f.queue_s == 0 || f.elapsed_s == 0) return 0.0f;
    const float whole = static_cast<float>(f.total_memory_mib) * static_cast<float>(f.elapsed_s);
    return static_cast<float>(f.memory_actual) / whole - 1.0f;
  }
};

}  // namespace cusched::rewards
