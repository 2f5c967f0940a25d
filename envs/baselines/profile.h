// SPDX-License-Identifier: MIT
// What backfilling expects of the future, node by node; not a baseline.
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/admission_view.h"
#include "envs/baselines/placement.h"

namespace cusched::baselines {

// The nodes' free resources over time, when running jobs leave at start + estimate (in the next
// second where that has passed) and reserved jobs come and go as reserved. Lives in a heuristic's
// work space; its functions are for one thread.
struct Profile {
  const admission::View& v;
  int32_t* words;  // (scratch_ints)

  struct Free {
    int32_t cpu_milli, memory_mib, gpus;
  };

  // Counters, then the arrays, back to back.
  CUSCHED_HD int32_t& events() const { return words[0]; }     // changes ahead
  CUSCHED_HD int32_t& reserved() const { return words[1]; }   // jobs reserved for
  CUSCHED_HD int32_t& last_take() const { return words[2]; }  // s: latest start of a reserved job
  CUSCHED_HD int32_t& answer() const { return words[3]; }     // of the closure that ran last
  CUSCHED_HD Free* free() const { return reinterpret_cast<Free*>(words + 4); }  // (N)
  CUSCHED_HD Free* later() const { return free() + v.nodes(); }                 // (N)
  CUSCHED_HD int32_t* pods() const { return words + 4 + 6 * v.nodes(); }        // (N)
  CUSCHED_HD int32_t* time() const { return pods() + v.nodes(); }       // (events) s, ascending
  CUSCHED_HD int32_t* what() const { return time() + max_events(); }    // (events)
  CUSCHED_HD int32_t* item() const { return what() + max_events(); }    // (reserved)
  CUSCHED_HD int32_t* node() const { return item() + max_reserved(); }  // (reserved, max_pods)

  CUSCHED_HD int max_reserved() const { return admission::reservations(v.c); }
  CUSCHED_HD int max_events() const { return v.c.running + 2 * max_reserved(); }

  // Pods of the job, at most all of them, that node n takes when this much is free there.
  CUSCHED_HD int pods_in(const Job& job, int n, const Free& free) const {
    if (!v.accepts_node(job, n)) return 0;
    return admission::View::pods_in(job, free.cpu_milli, free.memory_mib, free.gpus);
  }

  // Second after a run of the job from `start` by its estimate.
  CUSCHED_HD static int32_t end_of(const Job& job, int32_t start) {
    const int64_t end = int64_t{start} + job.estimate;
    return end < admission::kNever ? static_cast<int32_t>(end) : admission::kNever - 1;
  }

  // The running jobs' ends, and the free resources of now.
  CUSCHED_HD_NOINLINE void build() const {
    reserved() = 0;
    last_take() = -1;
    events() = v.running();
    for (int r = 0; r < v.running(); ++r) {
      const int32_t end = end_of(v.running_job(r), v.running_start(r));
      time()[r] = end > v.now() ? end : v.now() + 1;
      what()[r] = v.running_slot(r);
    }
    sort_events();
    free_now();
  }
  CUSCHED_HD void free_now() const {
    for (int n = 0; n < v.nodes(); ++n) {
      const admission::NodeState& node = v.node(n);
      free()[n] = {node.free_cpu_milli, node.free_memory_mib, node.free_gpus};
    }
  }

  // Moves `free` to the first second at which all pods of the job fit, and says which it is; kNever
  // when they never do. For a profile without reservations.
  CUSCHED_HD_NOINLINE int32_t first_fit(const Job& job) const {
    int32_t now = v.now();
    for (int e = 0; total_pods(job) < job.pods();) {
      if (e == events()) return admission::kNever;
      now = time()[e];
      while (e < events() && time()[e] == now) apply(free(), e++);
    }
    return now;
  }
  // Whether all pods of the job fit in `free` when `other` is placed there, too.
  CUSCHED_HD_NOINLINE bool fits_beside(const Job& job, const Job& other,
                                       const Placement& placed) const {
    int total = 0;
    placed.for_each_node([&](int n, int taken) {
      total += pods_in(
          job, n,
          {free()[n].cpu_milli - taken * other.cpu_milli,
           free()[n].memory_mib - taken * other.memory_mib, free()[n].gpus - taken * other.gpus});
      return total < job.pods();
    });
    return total >= job.pods();
  }

  // Whether the job, started now where a step would place it, leaves every reservation as it is.
  CUSCHED_HD_NOINLINE bool starts_now(const Job& job) const {
    const Placement placed = Placement::of(v, job);
    if (!placed.fits()) return false;
    free_now();
    if (least_pods(job, 0, end_of(job, v.now())) < job.pods()) return false;
    bool room = true;
    placed.for_each_node([&](int n, int taken) { return room = pods()[n] >= taken; });
    return room;
  }

  // Reserves for a waiting job the earliest time, after now, at which its pods fit for as long as
  // it is estimated to run. A fit begins when something is released.
  CUSCHED_HD_NOINLINE void reserve(int waiting) const {
    const Job& job = v.job(waiting);
    free_now();
    for (int e = 0; e < events();) {
      const int first = e;
      const int32_t now = time()[e];
      while (e < events() && time()[e] == now) apply(free(), e++);
      const int32_t end = end_of(job, now);
      if (job.pods() > 1) {
        if (least_pods(job, e, end) < job.pods()) continue;
        spread(job);
      } else {
        const int n = released_node(job, first, e, end);
        if (n < 0) continue;
        node()[reserved() * v.c.max_pods] = n;
      }
      const int k = reserved()++;
      item()[k] = waiting;
      insert(now, -(1 + 2 * k));
      insert(end, -(2 + 2 * k));
      if (now > last_take()) last_take() = now;
      return;
    }
  }

 private:
  CUSCHED_HD_NOINLINE int total_pods(const Job& job) const {
    int total = 0;
    for (int n = 0; n < v.nodes() && total < job.pods(); ++n) total += pods_in(job, n, free()[n]);
    return total;
  }

  // `what` of an event: the slot of a running job, which leaves, or -(1 + 2 k) and -(2 + 2 k): the
  // k-th reserved job comes and goes.
  CUSCHED_HD bool takes(int e) const { return what()[e] < 0 && (-what()[e] & 1) != 0; }
  CUSCHED_HD int reservation(int e) const { return (-what()[e] - 1) / 2; }
  CUSCHED_HD const Job& job_of(int e) const {
    return what()[e] >= 0 ? v.a.job[what()[e]] : v.job(item()[reservation(e)]);
  }
  CUSCHED_HD int node_of(int e, int pod) const {
    return what()[e] >= 0 ? v.pod_node(what()[e], pod)
                          : node()[reservation(e) * v.c.max_pods + pod];
  }

  CUSCHED_HD static void add(Free& free, const Job& job, int sign) {
    free.cpu_milli += sign * job.cpu_milli;
    free.memory_mib += sign * job.memory_mib;
    free.gpus += sign * job.gpus;
  }
  CUSCHED_HD_NOINLINE void apply(Free* nodes, int e) const {
    const Job& job = job_of(e);
    const int sign = takes(e) ? -1 : 1;
    for (int pod = 0; pod < job.pods(); ++pod) add(nodes[node_of(e, pod)], job, sign);
  }

  // From event e on, where `free` stands, to `end`: fills `pods` with what each node can hold all
  // the time and returns the sum, or some number below job.pods() when it is not enough.
  CUSCHED_HD_NOINLINE int least_pods(const Job& job, int e, int32_t end) const {
    int total = 0;
    for (int n = 0; n < v.nodes(); ++n) total += pods()[n] = pods_in(job, n, free()[n]);
    if (total < job.pods() || e >= events() || time()[e] > last_take()) return total;
    for (int n = 0; n < v.nodes(); ++n) later()[n] = free()[n];
    while (e < events() && time()[e] < end && time()[e] <= last_take() && total >= job.pods()) {
      const int first = e;
      while (e < events() && time()[e] == time()[first]) apply(later(), e++);
      for (int k = first; k < e; ++k) {
        if (!takes(k)) continue;
        for (int pod = 0; pod < job_of(k).pods(); ++pod) {
          const int n = node_of(k, pod);
          const int now = pods_in(job, n, later()[n]);
          if (now >= pods()[n]) continue;
          total -= pods()[n] - now;
          pods()[n] = now;
        }
      }
    }
    return total;
  }
  // Takes nodes for the pods of the next reserved job from `pods`.
  CUSCHED_HD void spread(const Job& job) const {
    int32_t* const chosen = node() + reserved() * v.c.max_pods;
    int pod = 0;
    for (int n = 0; pod < job.pods(); ++n)
      for (int i = 0; i < pods()[n] && pod < job.pods(); ++i) chosen[pod++] = n;
  }

  // Of the nodes on which events [first, last) release something, the first that holds a job of one
  // pod until `end`; -1 when none does.
  CUSCHED_HD_NOINLINE int released_node(const Job& job, int first, int last, int32_t end) const {
    for (int e = first; e < last; ++e) {
      if (takes(e)) continue;
      for (int pod = 0; pod < job_of(e).pods(); ++pod) {
        const int n = node_of(e, pod);
        if (pods_in(job, n, free()[n]) > 0 && holds(job, n, last, end)) return n;
      }
    }
    return -1;
  }
  CUSCHED_HD_NOINLINE bool holds(const Job& job, int n, int e, int32_t end) const {
    Free now = free()[n];
    while (e < events() && time()[e] < end && time()[e] <= last_take()) {
      const int32_t second = time()[e];
      for (; e < events() && time()[e] == second; ++e) {
        const Job& other = job_of(e);
        for (int pod = 0; pod < other.pods(); ++pod)
          if (node_of(e, pod) == n) add(now, other, takes(e) ? -1 : 1);
      }
      if (pods_in(job, n, now) == 0) return false;
    }
    return true;
  }

  CUSCHED_HD_NOINLINE void insert(int32_t when, int32_t kind) const {
    int e = events()++;
    for (; e > 0 && time()[e - 1] > when; --e) {
      time()[e] = time()[e - 1];
      what()[e] = what()[e - 1];
    }
    time()[e] = when;
    what()[e] = kind;
  }

  // Heap sort by time.
  CUSCHED_HD_NOINLINE void sort_events() const {
    for (int root = events() / 2 - 1; root >= 0; --root) sift_down(root, events());
    for (int last = events() - 1; last > 0; --last) {
      swap(0, last);
      sift_down(0, last);
    }
  }
  CUSCHED_HD_NOINLINE void sift_down(int root, int size) const {
    for (int child; (child = 2 * root + 1) < size; root = child) {
      if (child + 1 < size && time()[child + 1] > time()[child]) ++child;
      if (time()[child] <= time()[root]) return;
      swap(root, child);
    }
  }
  CUSCHED_HD void swap(int i, int j) const {
    const int32_t when = time()[i], kind = what()[i];
    time()[i] = time()[j];
    what()[i] = what()[j];
    time()[j] = when;
    what()[j] = kind;
  }
};

}  // namespace cusched::baselines
