// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "cuda/portable_math.h"
#include "envs/admission_view.h"
#include "envs/baselines/job_size.h"

namespace cusched::baselines {

struct F1 {
  static constexpr const char* kName = "f1";
  static constexpr const char* kAbout =
      "The lowest log10(request) x processors + 870 x log10(submit) first, with the absolute "
      "submit time.";
  static constexpr const char* kSource =
      "Carastan-Santos and de Camargo, SC'17, as RLScheduler computes it";

  CUSCHED_HD static double score(const admission::View& v, int item) {
    const Job& job = v.job(item);
    const double request = log_argument(static_cast<double>(job.estimate));
    const double submit = log_argument(submit_of(v, job));
    return portable_log10(request) * procs_of(job) + 870.0 * portable_log10(submit);
  }
};

}  // namespace cusched::baselines
