// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "cuda/portable_math.h"
#include "envs/admission_view.h"
#include "envs/baselines/job_size.h"

namespace cusched::baselines {

// F1 of Carastan-Santos and de Camargo (SC'17): log10(request) procs + 870 log10(submit), with the
// absolute submit time, as RLScheduler computes it.
struct F1 {
  static constexpr const char* kName = "f1";

  CUSCHED_HD static double score(const admission::View& v, int item) {
    const Job& job = v.job(item);
    const double request = log_argument(static_cast<double>(job.estimate));
    const double submit = log_argument(submit_of(v, job));
    return portable_log10(request) * procs_of(job) + 870.0 * portable_log10(submit);
  }
};

}  // namespace cusched::baselines
