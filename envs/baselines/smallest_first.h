// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_view.h"
#include "envs/baselines/job_size.h"

namespace cusched::baselines {

// Smallest job first, by its dominant share of the cluster; in queue order on ties.
struct SmallestFirst {
  static constexpr const char* kName = "smallest-first";

  CUSCHED_HD static double score(const admission::View& v, int item) {
    return dominant_share(v, v.job(item));
  }
};

}  // namespace cusched::baselines
