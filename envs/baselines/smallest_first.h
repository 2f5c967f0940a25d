// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_view.h"
#include "envs/baselines/job_size.h"

namespace cusched::baselines {

struct SmallestFirst {
  static constexpr const char* kName = "smallest-first";
  static constexpr const char* kAbout =
      "Smallest job first, by its dominant share of the cluster: the largest of CPU, memory and "
      "GPU asked for over the cluster's; in queue order on ties.";
  static constexpr const char* kSource = "list scheduling; the share is Ghodsi et al., NSDI'11";
  static constexpr const char* kSee = "largest-first is the opposite order";

  CUSCHED_HD static double score(const admission::View& v, int item) {
    return dominant_share(v, v.job(item));
  }
};

}  // namespace cusched::baselines
