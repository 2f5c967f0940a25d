// SPDX-License-Identifier: MIT
// The formulas shared by wfp3, unicep and their RLScheduler variants; not a baseline.
#pragma once

#include "cuda/macros.h"
#include "cuda/portable_math.h"
#include "envs/baselines/job_size.h"

namespace cusched::baselines {

// -(wait / request)^3 procs; wait in s.
CUSCHED_HD double wfp3_score(double wait, const Job& job) {
  const double ratio = wait / static_cast<double>(job.estimate);
  return -(ratio * ratio * ratio) * procs_of(job);
}

// -wait / (log2(procs) request); wait in s. A job below one processor counts as one: the formula is
// made for whole processors, and its logarithm would turn the order round.
CUSCHED_HD double unicep_score(double wait, const Job& job) {
  constexpr double kTiny = 1e-15;  // of RLScheduler: log2(1) is not to divide by zero
  const double procs = procs_of(job) > 1.0 ? procs_of(job) : 1.0;
  return -(wait + kTiny) / (portable_log2(procs + kTiny) * static_cast<double>(job.estimate));
}

}  // namespace cusched::baselines
