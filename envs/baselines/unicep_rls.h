// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_view.h"
#include "envs/baselines/wait_scores.h"

namespace cusched::baselines {

// UNICEP as RLScheduler's published tables have it: the wait of a job that has not started is
// -1 - submit there, absolute, a bug that is kept for conformance.
struct UnicepRls {
  static constexpr const char* kName = "unicep-rls";

  CUSCHED_HD static double score(const admission::View& v, int item) {
    const Job& job = v.job(item);
    return unicep_score(-1.0 - submit_of(v, job), job);
  }
};

}  // namespace cusched::baselines
