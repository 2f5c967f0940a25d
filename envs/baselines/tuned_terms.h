// SPDX-License-Identifier: MIT
// The terms of the heuristic tuned; not a baseline.
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "cuda/portable_math.h"
#include "envs/admission_view.h"
#include "envs/baselines/best_fit.h"
#include "envs/baselines/job_size.h"

namespace cusched::baselines {

// A logarithm to base 2 for x >= 1, exact at powers of 2 and within 0.01 between: a search weighs
// terms of any shape, and this one takes no series. Grows strictly.
CUSCHED_HD double quick_log2(double x) {
  const uint64_t bits = portable::bits_of(x);
  const int exponent = static_cast<int>(bits >> 52) - 1023;
  const double part =
      portable::from_bits((bits & 0xfffffffffffffULL) | 0x3ff0000000000000ULL) - 1.0;
  return exponent + part * (1.0 + 0.34 * (1.0 - part));
}

// Terms in the order of the weights: run time, size, wait, slowdown so far (all logarithms), run
// time of large jobs (as in f1), age in days, gang, GPUs, memory beside the dominant resource, when
// there will be room (with the feature ready), share of the tenant (where there are several),
// class urgent, sixteenths of its node that would stay free (as in best-fit).
CUSCHED_HD double tuned_term(const admission::View& v, const Job& job, int term) {
  const double run = job.estimate > 1 ? job.estimate : 1;
  const double wait = v.wait_s(job) > 0 ? v.wait_s(job) : 0;
  switch (term) {
    case 0:
      return quick_log2(run);
    case 1:
      return quick_log2(1.0 + 1e6 * dominant_share(v, job));
    case 2:
      return quick_log2(1.0 + wait / 60.0);
    case 3:
      return quick_log2((run + wait) / run);
    case 4:
      return quick_log2(run) * dominant_share(v, job);
    case 5:
      return wait / 86400.0;
    case 6:
      return job.pods() > 1 ? 1.0 : 0.0;
    case 7:
      return job.gpus > 0 ? 1.0 : 0.0;
    case 8:
      return share_of(int64_t{job.memory_mib} * job.pods(), v.p.total_memory_mib) /
             (dominant_share(v, job) + 1e-9);
    case 9:
      return v.c.ready > 0 ? quick_log2(1.0 + static_cast<double>(v.ready_s(job)) / 60.0) : 0.0;
    case 10:
      return v.tenants() > 1 ? static_cast<double>(v.tenant(job.tenant).share_ppm) / 1e6 : 0.0;
    case 11:
      return job.urgent ? 1.0 : 0.0;
    default:
      return 16.0 * BestFit::left_free(v, job);
  }
}

}  // namespace cusched::baselines
