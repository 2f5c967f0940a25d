// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/admission_view.h"
#include "envs/baselines/job_size.h"

namespace cusched::baselines {

// The tightest fit of `admission`: of all pairs of a job and a node that can take some of its pods,
// the one that leaves the smallest share of the node's CPU and memory free; in queue order on ties.
// Which node the job then gets is decided by the cluster's node-choice (most-allocated goes well
// with it).
struct BestFit {
  static constexpr const char* kName = "best-fit";

  // Mean over CPU and memory of the share of the node that stays free, 0..1; 2 where nothing fits.
  CUSCHED_HD static double score(const admission::View& v, int item) {
    const Job& job = v.job(item);
    double best = 2.0;
    for (int n = 0; n < v.nodes(); ++n) {
      const int64_t pods = v.pods_that_fit(job, n);
      if (pods == 0) continue;
      const admission::NodeState& node = v.node(n);
      const admission::NodeCapacity& capacity = v.capacity(n);
      const double cpu = share_of(node.free_cpu_milli - pods * job.cpu_milli, capacity.cpu_milli);
      const double memory =
          share_of(node.free_memory_mib - pods * job.memory_mib, capacity.memory_mib);
      const double left = (cpu + memory) / 2.0;
      best = left < best ? left : best;
    }
    return best;
  }
};

}  // namespace cusched::baselines
