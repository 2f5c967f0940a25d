// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_view.h"
#include "envs/baselines/job_size.h"

namespace cusched::baselines {

// An own heuristic in one file, as docs/guides/extending.md explains it.
struct SmallestArea {
  static constexpr const char* kName = "smallest-area";
  static constexpr const char* kAbout =
      "Smallest area first: the lowest share of the cluster x estimated run time; in queue order "
      "on ties.";
  static constexpr const char* kSource = "Carastan-Santos et al., CCGrid'19";

  CUSCHED_HD static double score(const admission::View& v, int item) {
    const Job& job = v.job(item);
    return dominant_share(v, job) * static_cast<double>(job.estimate);
  }
};

}  // namespace cusched::baselines
