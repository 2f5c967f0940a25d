// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_view.h"
#include "envs/baselines/wait_scores.h"

namespace cusched::baselines {

struct Unicep {
  static constexpr const char* kName = "unicep";
  static constexpr const char* kAbout =
      "The lowest -wait / (log2(processors) x request) first: long waits, small and short jobs.";
  static constexpr const char* kSource = "Tang et al., CLUSTER'09";

  CUSCHED_HD static double score(const admission::View& v, int item) {
    const Job& job = v.job(item);
    return unicep_score(static_cast<double>(v.wait_s(job)), job);
  }
};

}  // namespace cusched::baselines
