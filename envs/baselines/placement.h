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

// The nodes that a step which started a job now would choose, without a list of them: a gang may
// have a thousand pods. A step puts pod after pod on the node with the smallest key
// (View::node_key), the lowest node on ties. By LeastAllocated a node's key grows with every pod,
// so that the keys taken are the smallest of all nodes' together; by the other two it does not, so
// that a node once chosen is filled. Both ways the pods with keys up to some `key` are placed and,
// node after node, as many of the pods with that key itself as are left. One thread.
struct Placement {
  const admission::View& v;
  const Job& job;
  int32_t key = 0;  // the largest that is taken
  int left = 0;     // pods that are placed with this key
  int only = -1;    // a job of one pod: its node

  CUSCHED_HD_NOINLINE static Placement of(const admission::View& v, const Job& job) {
    Placement placed{v, job};
    if (job.pods() == 1) {
      placed.find_only();
      return placed;
    }
    int32_t low = -1 - kKeys, high = kKeys;  // keys above low, up to high
    while (high - low > 1) {
      const int32_t middle = low + (high - low) / 2;
      (placed.up_to(middle) >= job.pods() ? high : low) = middle;
    }
    placed.key = high;
    placed.left = job.pods() - placed.up_to(high - 1);
    return placed;
  }

  // Whether all pods have a node.
  CUSCHED_HD bool fits() const { return job.pods() == 1 ? only >= 0 : up_to(key) >= job.pods(); }

  // body(n, pods on node n) for every node in order, until it returns false.
  template <class Body>
  CUSCHED_HD void for_each_node(const Body& body) const {
    int ties = left;
    for (int n = 0; n < v.nodes(); ++n) {
      int pods = n == only ? 1 : 0;
      if (job.pods() > 1) {
        const int below = pods_at(n, key - 1), at = pods_at(n, key) - below;
        const int taken = at < ties ? at : ties;
        ties -= taken;
        pods = below + taken;
      }
      if (!body(n, pods)) return;
    }
  }

 private:
  static constexpr int32_t kKeys = 100;  // keys are -100..100

  CUSCHED_HD int32_t key_of(int n, int taken) const {
    const admission::NodeState& node = v.node(n);
    return v.node_key(job, n, node.free_cpu_milli - taken * job.cpu_milli,
                      node.free_memory_mib - taken * job.memory_mib,
                      node.free_gpus - taken * job.gpus);
  }
  CUSCHED_HD_NOINLINE void find_only() {
    int32_t best = admission::View::kNoNode;
    for (int n = 0; n < v.nodes(); ++n) {
      const int32_t own = key_of(n, 0);
      if (own < best) {
        best = own;
        only = n;
      }
    }
  }
  // Pods that node n gets when all keys up to `most` are taken.
  CUSCHED_HD_NOINLINE int pods_at(int n, int32_t most) const {
    if (key_of(n, 0) > most) return 0;  // no pod fits, too: kNoNode
    int fit = v.pods_that_fit(job, n);
    if (v.p.node_choice != admission::NodeChoice::kLeastAllocated) return fit;
    int few = 1;  // pods [0, few) have such keys, pod `fit` and those behind it have not
    while (fit > few) {
      const int middle = few + (fit - few) / 2;
      if (key_of(n, middle) <= most) {
        few = middle + 1;
      } else {
        fit = middle;
      }
    }
    return few;
  }
  // The same over all nodes; some number of at least job.pods() where it is enough.
  CUSCHED_HD_NOINLINE int up_to(int32_t most) const {
    int pods = 0;
    for (int n = 0; n < v.nodes() && pods < job.pods(); ++n) pods += pods_at(n, most);
    return pods;
  }
};

}  // namespace cusched::baselines
