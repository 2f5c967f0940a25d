// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_view.h"
#include "envs/baselines/wait_scores.h"

namespace cusched::baselines {

// UNICEP of Tang et al. (CLUSTER'09): -wait / (log2(procs) request).
struct Unicep {
  static constexpr const char* kName = "unicep";

  CUSCHED_HD static double score(const admission::View& v, int item) {
    const Job& job = v.job(item);
    return unicep_score(static_cast<double>(v.wait_s(job)), job);
  }
};

}  // namespace cusched::baselines
