// SPDX-License-Identifier: MIT
// What several baselines compute of a job; not a baseline.
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/admission_view.h"

namespace cusched::baselines {

// Processors over all pods; a processor is 1000 milli-CPU.
CUSCHED_HD double procs_of(const Job& job) {
  return static_cast<double>(int64_t{job.cpu_milli} * job.pods()) / 1000.0;
}

// Submit time, absolute s.
CUSCHED_HD double submit_of(const admission::View& v, const Job& job) {
  return static_cast<double>(v.origin() + job.submit);
}

// RLScheduler takes the logarithm of 0.1 where a value is not positive.
CUSCHED_HD double log_argument(double x) { return x > 0.0 ? x : 0.1; }

CUSCHED_HD double share_of(int64_t part, int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0.0;
}

// Dominant share (Ghodsi et al., NSDI'11) of amounts of the whole cluster: the largest over
// resources, 0..1. Of one job on an HPC machine: its share of the processors.
CUSCHED_HD double dominant_share(const admission::View& v, int64_t cpu_milli, int64_t memory_mib,
                                 int64_t gpus) {
  double share = share_of(cpu_milli, v.p.total_cpu_milli);
  const double memory = share_of(memory_mib, v.p.total_memory_mib);
  const double gpu = share_of(gpus, v.p.total_gpus);
  share = memory > share ? memory : share;
  return gpu > share ? gpu : share;
}
CUSCHED_HD double dominant_share(const admission::View& v, const Job& job) {
  return dominant_share(v, int64_t{job.cpu_milli} * job.pods(),
                        int64_t{job.memory_mib} * job.pods(), int64_t{job.gpus} * job.pods());
}

}  // namespace cusched::baselines
