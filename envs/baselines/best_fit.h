// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/admission_view.h"
#include "envs/baselines/job_size.h"

namespace cusched::baselines {

struct BestFit {
  static constexpr const char* kName = "best-fit";
  static constexpr const char* kAbout =
      "The tightest fit: of all pairs of a job and a node that takes some of its pods, the pair "
      "that leaves the smallest share of the node free, (free CPU / CPU + free memory / memory) / "
      "2 after the start; in queue order on ties. The option node-choice decides which node the "
      "job then gets (most-allocated goes well with it).";
  static constexpr const char* kSource = "bin packing's best fit";

  CUSCHED_HD static double score(const admission::View& v, int item) {
    return left_free(v, v.job(item));
  }
  // Mean over CPU and memory of the share of the node that stays free, 0..1; 2 where nothing fits.
  CUSCHED_HD static double left_free(const admission::View& v, const Job& job) {
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
