// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/admission_queue.h"

namespace cusched::admission {

// The running jobs of one lane: start on nodes, end, OOM kills, and the sums that go with them.
template <class Group>
struct RunningOps : QueueOps<Group> {
  using View::a;
  using View::c;
  using View::p;
  using View::s;
  using QueueOps<Group>::f;
  using QueueOps<Group>::g;
  using QueueOps<Group>::sum;

  static constexpr int64_t kBlocked = INT64_MAX;

  CUSCHED_HD static bool over_limit(const Job& job) {
    return job.memory_limit > 0 && job.memory_use > job.memory_limit;
  }
  // Memory a pod really uses: constant over its run, up to the limit at which it is killed.
  CUSCHED_HD static int32_t pod_memory(const Job& job) {
    const int64_t use = over_limit(job) ? job.memory_limit : job.memory_use;
    return static_cast<int32_t>(job.memory_mib * use / 1000);
  }
  CUSCHED_HD static int64_t pod_cpu(const Job& job) {
    return int64_t{job.cpu_milli} * job.cpu_use / 1000;
  }

  // A job of before the window (envs/admission_warm_up.h): it holds its nodes until it ends, and is
  // in no sum, no log and no reward.
  CUSCHED_HD static bool is_background(const Job& job) { return job.id < 0; }

  // Starts an item that fits, then kills jobs where a node's memory is overrun.
  CUSCHED_HD_NOINLINE void start(int item) {
    const int slot = this->slot(item);
    const Job job = a.job[slot];
    this->remove(item);
    const int32_t lasts = over_limit(job) ? oom_after(job) : job.run;
    run(slot, job, s.now, lasts > kNever - 1 - s.now ? kNever - 1 : s.now + lasts);
    if (job.id < c.log_jobs) g.once([&] { a.log[job.id].start = s.now; });
    ++f.started;
    ++sum.started;
    count_slowdown_at_start(job);
    if (p.commit) settle(job, s.now, true);
    relieve_pressure_of(slot, job);
  }

  // Ends running job r now: it is done, or killed because it is above its limit.
  CUSCHED_HD_NOINLINE void end(int r) {
    const int slot = a.run_slot[r];
    const Job job = a.job[slot];
    if (over_limit(job) && !is_background(job)) {
      kill(r);
      return;
    }
    leave(r, slot, job);
    this->release_slot(slot);
    if (is_background(job)) return;
    ++f.completed;
    count_recent(0);
    if (p.commit) return;  // RLScheduler counts a job when it starts
    settle(job, s.now - job.run, true);
  }

  // Adds a job's wait and bounded slowdown to the episode's sums. `start`: of its last attempt; for
  // a job that never finished the time now, so that it counts with its age.
  CUSCHED_HD void settle(const Job& job, int32_t start, bool done) {
    const int64_t wait = start - job.submit;
    const int64_t bound = job.run > 10 ? job.run : 10;
    const int64_t turnaround = wait + (done ? job.run : 0);
    const int64_t slowdown = (turnaround << 20) / bound;
    sum.slowdown_q20 += slowdown > (int64_t{1} << 20) ? slowdown : (int64_t{1} << 20);
    sum.wait_s += wait;
    if (wait > sum.wait_max_s) sum.wait_max_s = wait;
    if (wait > 86400) ++sum.starved;
    if (!done) return;
    ++sum.completed;
    if (job.id < c.log_jobs)
      g.once([&] {
        a.log[job.id].end = start + job.run;
        a.log[job.id].outcome = 1;
      });
  }

  CUSCHED_HD void find_next_end() {
    if constexpr (Group::kWidth > 1) {
      s.next_index = g.argmin(s.running_size, [&](int r) { return a.run_end[r]; });
      s.next_end = s.next_index < 0 ? kNever : a.run_end[s.next_index];
      return;
    }
    // The value first, then its index: a minimum alone is vectorised, an argmin is not.
    int32_t next_end = kNever;
    for (int r = 0; r < s.running_size; ++r)
      next_end = a.run_end[r] < next_end ? a.run_end[r] : next_end;
    s.next_end = next_end;
    s.next_index = s.running_size == 0
                       ? -1
                       : g.first(s.running_size, [&](int r) { return a.run_end[r] == next_end; });
    if (s.next_index >= 0) {
      const int slot = a.run_slot[s.next_index];
      this->expect_job(slot);
      prefetch(a.pod_node + slot * c.max_pods);
    }
  }

  // Integrates a tenant's usage up to now.
  CUSCHED_HD static void integrate(TenantState& t, int32_t now) {
    const int64_t dt = now - t.since;
    t.cpu_s += t.cpu_milli * dt;
    t.memory_s += t.memory_mib * dt;
    t.gpu_s += t.gpus * dt;
    t.since = now;
  }

 protected:
  // Puts the pods of a job that fits on nodes, to run from `start` to `end`.
  CUSCHED_HD void run(int slot, const Job& job, int32_t start, int32_t end) {
    uint16_t* const pods = a.pod_node + slot * c.max_pods;
    for (int pod = 0; pod < job.pods(); ++pod) {
      const int node = choose_node(job);
      g.once([&] {
        pods[pod] = static_cast<uint16_t>(node);
        take(node, job, 1);
      });
    }
    count_resources(job, 1);
    g.once([&] {
      a.start[slot] = start;
      a.run_end[s.running_size] = end;
      a.run_slot[s.running_size] = static_cast<int16_t>(slot);
    });
    if (end < s.next_end) {
      s.next_end = end;
      s.next_index = s.running_size;
    }
    if (c.ready > 0) enter_order(slot, int64_t{start} + job.estimate);
    ++s.running_size;
  }

  CUSCHED_HD void relieve_pressure_of(int slot, const Job& job) {
    const uint16_t* const pods = a.pod_node + slot * c.max_pods;
    for (int pod = 0; pod < job.pods(); ++pod) relieve_pressure(pods[pod]);
  }

 private:
  CUSCHED_HD static int32_t oom_after(const Job& job) {
    const int64_t after = int64_t{job.run} * job.oom_point / 1000;
    return after > 1 ? static_cast<int32_t>(after) : 1;
  }

  CUSCHED_HD void take(int n, const Job& job, int sign) const {
    NodeState& node = a.node[n];
    node.free_cpu_milli -= sign * job.cpu_milli;
    node.free_memory_mib -= sign * job.memory_mib;
    node.free_gpus -= sign * job.gpus;
    node.actual_memory_mib += sign * pod_memory(job);
    if (c.models > 0 && p.nodes[n].model >= 0) a.used_gpus_of[p.nodes[n].model] += sign * job.gpus;
  }

  CUSCHED_HD int choose_node(const Job& job) const {
    return g.argmin(c.nodes, [&](int n) {
      const NodeState& node = a.node[n];
      return this->node_key(job, n, node.free_cpu_milli, node.free_memory_mib, node.free_gpus);
    });
  }

  CUSCHED_HD void count_resources(const Job& job, int sign) {
    const int64_t pods = sign * job.pods();
    s.used_cpu_milli += pods * job.cpu_milli;
    s.used_memory_mib += pods * job.memory_mib;
    s.used_gpus += pods * job.gpus;
    s.actual_cpu_milli += pods * pod_cpu(job);
    s.actual_memory_mib += pods * pod_memory(job);
    if (p.tenants <= 1) return;
    g.once([&] {
      TenantState& t = a.tenant[job.tenant];
      integrate(t, s.now);
      t.cpu_milli += pods * job.cpu_milli;
      t.memory_mib += pods * job.memory_mib;
      t.gpus += pods * job.gpus;
      t.share_ppm = static_cast<int32_t>(this->dominant_ppm(t.cpu_milli, t.memory_mib, t.gpus));
    });
    int32_t low = INT32_MAX, high = 0;
    for (int i = 0; i < p.tenants; ++i) {
      const int32_t share = a.tenant[i].share_ppm;
      low = share < low ? share : low;
      high = share > high ? share : high;
    }
    s.spread_ppm = high - low;
  }

  // While a job waits, its bounded slowdown is taken to grow by 1 / max(run, 10) a second; at its
  // first start the difference to the exact value is made up (jobs shorter than 10 s).
  CUSCHED_HD void count_slowdown_at_start(const Job& job) {
    if (job.attempts > 0) return;
    const int64_t wait = s.now - job.submit;
    const int64_t bound = job.run > 10 ? job.run : 10;
    const int64_t over = wait + job.run - bound;
    const uint64_t q32 = over > 0 ? static_cast<uint64_t>(over) << 32 : 0;  // over < 2^31
    f.slowdown_q32 +=
        static_cast<int64_t>(q32 / static_cast<uint64_t>(bound)) - wait * this->inverse_run(job);
  }

  // Kubernetes' node-pressure rule: while the memory in use on a node exceeds its capacity, the job
  // with the largest use above its request there is killed, the lowest id on ties.
  CUSCHED_HD_NOINLINE void relieve_pressure(int node) {
    while (a.node[node].actual_memory_mib > p.nodes[node].memory_mib) {
      const int victim = g.argmin(s.running_size, [&](int r) -> int64_t {
        const int slot = a.run_slot[r];
        const Job& job = a.job[slot];
        bool here = false;
        for (int pod = 0; pod < job.pods(); ++pod)
          here |= a.pod_node[slot * c.max_pods + pod] == node;
        if (!here) return kBlocked;
        return -(int64_t{pod_memory(job)} - job.memory_mib) * (int64_t{1} << 32) + job.id;
      });
      kill(victim);
    }
  }

  // OOM kill: the work is lost; the job returns to the queue, or fails after backoff_limit returns.
  // A background job just ends.
  CUSCHED_HD_NOINLINE void kill(int r) {
    const int slot = a.run_slot[r];
    Job job = a.job[slot];
    leave(r, slot, job);
    if (is_background(job)) {
      this->release_slot(slot);
      return;
    }
    ++f.oom_kills;
    ++sum.oom_kills;
    count_recent(1);
    ++job.attempts;
    if (job.attempts <= p.backoff_limit) {
      g.once([&] { a.job[slot].attempts = job.attempts; });
      this->requeue(slot, job);
      return;
    }
    this->release_slot(slot);
    ++f.failed;
    ++sum.failed;
    settle(job, s.now, false);
    if (job.id < c.log_jobs)
      g.once([&] {
        a.log[job.id].end = s.now;
        a.log[job.id].outcome = 2;
      });
  }

  // Takes running job r off its nodes and out of the running set.
  CUSCHED_HD_NOINLINE void leave(int r, int slot, const Job& job) {
    const uint16_t* const pods = a.pod_node + slot * c.max_pods;
    g.once([&] {
      for (int pod = 0; pod < job.pods(); ++pod) take(pods[pod], job, -1);
    });
    count_resources(job, -1);
    if (c.ready > 0) leave_order(slot);
    const int last = --s.running_size;
    if (p.backfill) {  // RLScheduler's order of ends at the same second is the list's order
      g.move(a.run_end + r, a.run_end + r + 1, last - r);
      g.move(a.run_slot + r, a.run_slot + r + 1, last - r);
    } else {
      g.once([&] {
        a.run_end[r] = a.run_end[last];
        a.run_slot[r] = a.run_slot[last];
      });
    }
    find_next_end();
  }

  // Puts a slot behind those of ready_order that are expected to end by `end`, s.
  CUSCHED_HD void enter_order(int slot, int64_t end) {
    int low = 0, high = s.running_size;
    while (low < high) {
      const int middle = low + (high - low) / 2;
      const int other = a.ready_order[middle];
      if (int64_t{a.start[other]} + a.job[other].estimate <= end) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    int16_t* const at = a.ready_order + low;
    g.move(at + 1, at, s.running_size - low);
    g.once([&] { *at = static_cast<int16_t>(slot); });
  }

  CUSCHED_HD void leave_order(int slot) {
    const int i = g.first(s.running_size, [&](int k) { return a.ready_order[k] == slot; });
    g.move(a.ready_order + i, a.ready_order + i + 1, s.running_size - 1 - i);
  }

  // Counts a job that ended in the bucket of the last simulated hour.
  CUSCHED_HD void count_recent(int ooms) {
    const int bucket = s.oom_epoch % kOomBuckets;
    g.once([&] {
      a.oom_ring[bucket] += ooms;
      ++a.end_ring[bucket];
    });
    s.recent_ooms += ooms;
    ++s.recent_ends;
  }
};

}  // namespace cusched::admission
