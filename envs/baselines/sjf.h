// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_view.h"

namespace cusched::baselines {

// Shortest job first by estimated run time; the first in queue order on ties (in arrival order that
// is RLScheduler's (request, submit)).
struct Sjf {
  static constexpr const char* kName = "sjf";

  CUSCHED_HD static double score(const admission::View& v, int item) {
    return static_cast<double>(v.job(item).estimate);
  }
};

}  // namespace cusched::baselines
