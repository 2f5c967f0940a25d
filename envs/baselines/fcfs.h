// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_view.h"

namespace cusched::baselines {

// RLScheduler's FCFS: by submit time, in queue order on ties. In its preset the choice is
// committed, so the head blocks; elsewhere this is fifo-skip up to ties.
struct Fcfs {
  static constexpr const char* kName = "fcfs";

  CUSCHED_HD static double score(const admission::View& v, int item) {
    return static_cast<double>(v.job(item).submit);
  }
};

}  // namespace cusched::baselines
