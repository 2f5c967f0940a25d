// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <set>
#include <vector>

#include "tests/envs/admission_lane.h"

namespace cusched::test {

using admission::View;

// Memory a pod really uses, up to the limit at which its job is killed.
inline int32_t used_memory(const Job& job) {
  const int64_t use =
      job.memory_limit > 0 ? std::min(job.memory_use, job.memory_limit) : job.memory_use;
  return static_cast<int32_t>(job.memory_mib * use / 1000);
}

// Whether node n has GPUs of a model that the job asks for, or none is asked for.
inline bool wanted(const View& v, const Job& job, int n) {
  return job.gpu_model == 0 || (v.p.gpu_sets[job.gpu_model] >> (1 + v.capacity(n).model) & 1) != 0;
}

// Places the pods one after the other on any node with room. All pods are equal, so this finds a
// placement where there is one.
inline bool fits_by_force(const View& v, const Job& job) {
  std::vector<admission::NodeState> nodes(v.a.node, v.a.node + v.nodes());
  for (int pod = 0; pod < job.pods(); ++pod) {
    const auto node = std::find_if(nodes.begin(), nodes.end(), [&](const auto& n) {
      return n.free_cpu_milli >= job.cpu_milli && n.free_memory_mib >= job.memory_mib &&
             n.free_gpus >= job.gpus && wanted(v, job, static_cast<int>(&n - nodes.data()));
    });
    if (node == nodes.end()) return false;
    node->free_cpu_milli -= job.cpu_milli;
    node->free_memory_mib -= job.memory_mib;
    node->free_gpus -= job.gpus;
  }
  return true;
}

// Nodes and sums, recomputed from the running jobs.
inline void check_capacity(const View& v) {
  std::vector<admission::NodeState> nodes;
  for (int n = 0; n < v.nodes(); ++n) {
    const admission::NodeCapacity& c = v.capacity(n);
    nodes.push_back({c.cpu_milli, c.memory_mib, c.gpus, 0});
  }
  struct Use {
    int64_t cpu = 0, memory = 0, gpus = 0;
  };
  std::vector<Use> tenants(kMaxTenants);
  Use used;
  int64_t actual_cpu = 0, actual_memory = 0;
  std::vector<int64_t> used_gpus_of(static_cast<size_t>(v.models()));
  for (int r = 0; r < v.running(); ++r) {
    const Job& job = v.running_job(r);
    for (int pod = 0; pod < job.pods(); ++pod) {
      admission::NodeState& node = nodes.at(v.pod_node(v.running_slot(r), pod));
      node.free_cpu_milli -= job.cpu_milli;
      node.free_memory_mib -= job.memory_mib;
      node.free_gpus -= job.gpus;
      const int at = v.pod_node(v.running_slot(r), pod), model = v.capacity(at).model;
      ASSERT_TRUE(wanted(v, job, at)) << "job " << job.id << " runs on node " << at;
      if (model >= 0) used_gpus_of.at(static_cast<size_t>(model)) += job.gpus;
      node.actual_memory_mib += used_memory(job);
      for (Use* use : {&used, &tenants[job.tenant]}) {
        use->cpu += job.cpu_milli;
        use->memory += job.memory_mib;
        use->gpus += job.gpus;
      }
      actual_cpu += int64_t{job.cpu_milli} * job.cpu_use / 1000;
      actual_memory += used_memory(job);
    }
  }
  for (int n = 0; n < v.nodes(); ++n) {
    const admission::NodeState& node = v.node(n);
    ASSERT_GE(node.free_cpu_milli, 0) << "node " << n;
    ASSERT_GE(node.free_memory_mib, 0) << "node " << n;
    ASSERT_GE(node.free_gpus, 0) << "node " << n;
    ASSERT_EQ(node.free_cpu_milli, nodes[n].free_cpu_milli) << "node " << n;
    ASSERT_EQ(node.free_memory_mib, nodes[n].free_memory_mib) << "node " << n;
    ASSERT_EQ(node.free_gpus, nodes[n].free_gpus) << "node " << n;
    ASSERT_EQ(node.actual_memory_mib, nodes[n].actual_memory_mib) << "node " << n;
    ASSERT_LE(node.actual_memory_mib, v.capacity(n).memory_mib) << "node " << n;
  }
  ASSERT_EQ(v.s.used_cpu_milli, used.cpu);
  ASSERT_EQ(v.s.used_memory_mib, used.memory);
  ASSERT_EQ(v.s.used_gpus, used.gpus);
  for (int m = 0; m < v.models(); ++m)
    ASSERT_EQ(v.free_gpus_of(m), v.total_gpus_of(m) - used_gpus_of[static_cast<size_t>(m)]) << m;
  ASSERT_EQ(v.s.actual_cpu_milli, actual_cpu);
  ASSERT_EQ(v.s.actual_memory_mib, actual_memory);
  if (v.tenants() <= 1) return;
  for (int i = 0; i < v.tenants(); ++i) {
    ASSERT_EQ(v.tenant(i).cpu_milli, tenants[i].cpu) << "tenant " << i;
    ASSERT_EQ(v.tenant(i).memory_mib, tenants[i].memory) << "tenant " << i;
    ASSERT_EQ(v.tenant(i).gpus, tenants[i].gpus) << "tenant " << i;
  }
}

// Every job slot is free, waiting or running, and no job is there twice.
inline void check_slots(const View& v) {
  std::set<int> slots, ids;
  for (int i = 0; i < v.s.free_size; ++i) slots.insert(v.a.free_slot[i]);
  for (int i = 0; i < v.queue_size(); ++i) {
    slots.insert(v.slot(i));
    ids.insert(v.job(i).id);
  }
  for (int r = 0; r < v.running(); ++r) {
    slots.insert(v.running_slot(r));
    ids.insert(v.running_job(r).id);
  }
  ASSERT_EQ(v.s.free_size + v.queue_size() + v.running(), v.c.job_slots());
  ASSERT_EQ(static_cast<int>(slots.size()), v.c.job_slots());
  ASSERT_EQ(static_cast<int>(ids.size()), v.queue_size() + v.running());
  ASSERT_GE(*slots.begin(), 0);
  ASSERT_LT(*slots.rbegin(), v.c.job_slots());
  ASSERT_LE(v.running(), v.c.running);
}

inline void check_queue(const View& v) {
  int64_t submits = 0, inverse = 0;
  std::vector<int> priorities(kMaxPriority + 1);
  for (int i = 0; i < v.queue_size(); ++i) {
    const Job& job = v.job(i);
    ASSERT_LE(job.submit, v.now());
    submits += job.submit;
    inverse += (int64_t{1} << 32) / std::max(job.run, 10);
    ++priorities[job.priority];
    if (i == 0) continue;
    const Job& before = v.job(i - 1);
    const bool by_priority = v.p.queue_order == admission::QueueOrder::kPriority;
    if (by_priority && before.priority != job.priority) {
      ASSERT_GT(before.priority, job.priority) << "item " << i;
    } else {
      ASSERT_LT(before.id, job.id) << "item " << i;
      ASSERT_LE(before.submit, job.submit) << "item " << i;
    }
  }
  ASSERT_EQ(v.s.queue_submit_sum, submits);
  ASSERT_EQ(v.s.queue_inverse_run, inverse);
  for (int i = 0; i <= kMaxPriority; ++i) ASSERT_EQ(v.a.priority_count[i], priorities[i]);
}

inline void check_ends(const View& v) {
  int32_t next = admission::kNever;
  for (int r = 0; r < v.running(); ++r) {
    ASSERT_LE(v.running_start(r), v.now());
    if (!v.p.commit) {
      ASSERT_GT(v.a.run_end[r], v.now());
    }
    next = std::min(next, v.a.run_end[r]);
  }
  ASSERT_EQ(v.s.next_end, next);
  if (v.running() > 0) {
    ASSERT_EQ(v.a.run_end[v.s.next_index], next);
  }
}

// Where it is kept: the running jobs, by their expected ends.
inline void check_ready_order(const View& v) {
  if (v.c.ready == 0) return;
  std::set<int> slots;
  int64_t last = INT64_MIN;
  for (int i = 0; i < v.running(); ++i) {
    const int slot = v.a.ready_order[i];
    const int64_t end = int64_t{v.a.start[slot]} + v.a.job[slot].estimate;
    ASSERT_LE(last, end) << "place " << i;
    last = end;
    slots.insert(slot);
  }
  for (int r = 0; r < v.running(); ++r) ASSERT_EQ(slots.count(v.running_slot(r)), 1u);
}

// Sound and complete.
inline void check_mask(const View& v) {
  for (int i = 0; i < v.c.slots; ++i) {
    bool allowed = i < v.queue_size();
    const Job* const job = !allowed          ? nullptr
                           : v.c.window == 0 ? &v.job(i)
                                             : &v.a.job[v.a.window_order[i]];
    if (allowed && !v.p.commit) allowed = v.running() < v.c.running && fits_by_force(v, *job);
    ASSERT_EQ(v.a.slot_allowed[i] != 0, allowed) << "slot " << i << " of " << v.queue_size();
  }
  for (int i = v.c.slots; i < v.queue_size(); ++i)
    ASSERT_EQ(v.allowed(i), v.p.commit || (v.running() < v.c.running && fits_by_force(v, v.job(i))))
        << "item " << i;
}

inline void check_rings(const View& v) {
  const auto total = [](const auto* ring, int n) {
    return std::accumulate(ring, ring + n, int64_t{0});
  };
  ASSERT_EQ(v.s.history_cpu, total(v.a.history_cpu_ring, admission::kHistory));
  ASSERT_EQ(v.s.history_s, total(v.a.history_s_ring, admission::kHistory));
  ASSERT_EQ(v.s.recent_ooms, total(v.a.oom_ring, admission::kOomBuckets));
  ASSERT_EQ(v.s.recent_ends, total(v.a.end_ring, admission::kOomBuckets));
}

inline void check_invariants(const AdmissionLane& lane) {
  const View& v = lane.view();
  check_capacity(v);
  check_slots(v);
  check_queue(v);
  check_ends(v);
  check_ready_order(v);
  check_mask(v);
  check_rings(v);
  // No job is lost: RLScheduler counts a job when it starts, the others when it ends.
  const admission::Sums& sums = lane.sums();
  const int64_t running = v.p.commit ? 0 : v.running();
  ASSERT_EQ(sums.submitted, sums.completed + sums.failed + v.queue_size() + running);
}

}  // namespace cusched::test
