// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_view.h"

namespace cusched::baselines {

struct Priority {
  static constexpr const char* kName = "priority";
  static constexpr const char* kAbout = "Highest priority first; by submit time on ties.";
  static constexpr const char* kSource = "a queue with priorities, e.g. Kueue's";
  static constexpr const char* kSee = "fifo-skip where all jobs have one priority";

  CUSCHED_HD static double score(const admission::View& v, int item) {
    return -static_cast<double>(v.job(item).priority);
  }
};

}  // namespace cusched::baselines
