// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_view.h"
#include "envs/baselines/wait_scores.h"

namespace cusched::baselines {

// WFP3 of Tang et al. (CLUSTER'09): -(wait / request)^3 procs.
struct Wfp3 {
  static constexpr const char* kName = "wfp3";

  CUSCHED_HD static double score(const admission::View& v, int item) {
    const Job& job = v.job(item);
    return wfp3_score(static_cast<double>(v.wait_s(job)), job);
  }
};

}  // namespace cusched::baselines
