// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_view.h"
#include "envs/baselines/job_size.h"

namespace cusched::baselines {

struct Saf {
  static constexpr const char* kName = "saf";
  static constexpr const char* kAbout =
      "Smallest area first: the lowest dominant share of the cluster x estimated run time; in "
      "queue "
      "order on ties.";
  static constexpr const char* kSource =
      "Carastan-Santos, de Camargo, Trystram and Zrigui, CCGRID 2019, whose area is of processors";

  CUSCHED_HD static double score(const admission::View& v, int item) {
    const Job& job = v.job(item);
    return dominant_share(v, job) * static_cast<double>(job.estimate);
  }
};

}  // namespace cusched::baselines
