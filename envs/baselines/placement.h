// SPDX-License-Identifier: MIT
// Where a step would put a job's pods, and what that leaves free; not a baseline.
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/admission_view.h"

namespace cusched::baselines {

// Whether an item can be started in this step: it fits, also where every item may be chosen.
CUSCHED_HD bool startable(const admission::View& v, int item) {
  if (!v.p.commit) return v.allowed(item);
  return v.running() < v.c.running && v.fits(v.job(item));
}

struct Placement {
  int pods = 0;  // placed, all of the job's where it fits
  uint16_t node[kMaxPods] = {};

  CUSCHED_HD int on_node(int n) const {
    int count = 0;
    for (int i = 0; i < pods; ++i) count += node[i] == n ? 1 : 0;
    return count;
  }

  // The nodes that a step which started the job now would choose. One thread.
  CUSCHED_HD_NOINLINE static Placement of(const admission::View& v, const Job& job) {
    Placement placed;
    while (placed.pods < job.pods) {
      int best = -1;
      int32_t best_key = admission::View::kNoNode;
      for (int n = 0; n < v.nodes(); ++n) {
        const admission::NodeState& node = v.node(n);
        const int taken = placed.pods == 0 ? 0 : placed.on_node(n);
        const int32_t key = v.node_key(job, n, node.free_cpu_milli - taken * job.cpu_milli,
                                       node.free_memory_mib - taken * job.memory_mib,
                                       node.free_gpus - taken * job.gpus);
        if (key < best_key) {
          best_key = key;
          best = n;
        }
      }
      if (best < 0) return placed;
      placed.node[placed.pods++] = static_cast<uint16_t>(best);
    }
    return placed;
  }
};

}  // namespace cusched::baselines
