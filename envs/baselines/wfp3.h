// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_view.h"
#include "envs/baselines/wait_scores.h"

namespace cusched::baselines {

struct Wfp3 {
  static constexpr const char* kName = "wfp3";
  static constexpr const char* kAbout =
      "The lowest -(wait / request)^3 x processors first: long waits relative to the run time, "
      "large jobs.";
  static constexpr const char* kSource = "Tang et al., CLUSTER'09";

  CUSCHED_HD static double score(const admission::View& v, int item) {
    const Job& job = v.job(item);
    return wfp3_score(static_cast<double>(v.wait_s(job)), job);
  }
};

}  // namespace cusched::baselines
