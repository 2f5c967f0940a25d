// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_view.h"

namespace cusched::baselines {

struct Fcfs {
  static constexpr const char* kName = "fcfs";
  static constexpr const char* kAbout =
      "First come, first served: the earliest submit time of the jobs that may be chosen; in queue "
      "order on ties.";
  static constexpr const char* kSource = "RLScheduler's FCFS";
  static constexpr const char* kSee =
      "fifo-skip, up to jobs submitted in the same second; with --commit (preset rlscheduler) the "
      "head blocks, as in fifo";

  CUSCHED_HD static double score(const admission::View& v, int item) {
    return static_cast<double>(v.job(item).submit);
  }
};

}  // namespace cusched::baselines
