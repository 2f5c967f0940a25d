// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_view.h"
#include "envs/baselines/wait_scores.h"

namespace cusched::baselines {

struct Wfp3Rls {
  static constexpr const char* kName = "wfp3-rls";
  static constexpr const char* kAbout =
      "WFP3 with the wait of a job that has not started as -1 - submit, absolute: a bug of the "
      "published tables, kept for comparison with them.";
  static constexpr const char* kSource = "RLScheduler (Zhang et al., SC'20)";
  static constexpr const char* kSee = "wfp3, but for the wait";

  CUSCHED_HD static double score(const admission::View& v, int item) {
    const Job& job = v.job(item);
    return wfp3_score(-1.0 - submit_of(v, job), job);
  }
};

}  // namespace cusched::baselines
