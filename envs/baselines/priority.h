// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_view.h"

namespace cusched::baselines {

// Highest priority first; by submit time on ties, in either queue order.
struct Priority {
  static constexpr const char* kName = "priority";

  CUSCHED_HD static double score(const admission::View& v, int item) {
    return -static_cast<double>(v.job(item).priority);
  }
};

}  // namespace cusched::baselines
