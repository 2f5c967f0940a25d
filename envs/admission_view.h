// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/admission_state.h"

namespace cusched::admission {

// One lane's state, read-only: what heuristics see. Items are positions in queue order,
// 0..queue_size()-1 (priority descending, then submit time, then id; or arrival order); of a
// heuristic that is limited to picked jobs (Caps::window), their slots, 0..visible()-1.
struct View {
  const Caps& c;
  const Params& p;
  Columns a;   // base pointers moved to this lane: a.job[slot], a.order[i], ...
  Scalars s;   // this lane's scalars
  int window;  // items 0..window-1 may be chosen: K for a policy, all for a heuristic

  CUSCHED_HD int visible() const { return s.queue_size < window ? s.queue_size : window; }
  CUSCHED_HD int queue_size() const { return s.queue_size; }
  CUSCHED_HD int slot(int item) const { return a.order[s.queue_begin + item]; }
  CUSCHED_HD const Job& job(int item) const { return a.job[slot(item)]; }
  CUSCHED_HD int32_t now() const { return s.now; }  // s after the origin
  CUSCHED_HD int64_t origin() const { return source_origin(p.source, s.source); }  // absolute s
  CUSCHED_HD int32_t wait_s(const Job& job) const { return s.now - job.submit; }
  CUSCHED_HD int tenants() const { return p.tenants; }
  CUSCHED_HD const TenantState& tenant(int i) const { return a.tenant[i]; }

  CUSCHED_HD int nodes() const { return c.nodes; }
  CUSCHED_HD const NodeState& node(int n) const { return a.node[n]; }
  CUSCHED_HD const NodeCapacity& capacity(int n) const { return p.nodes[n]; }

  // GPU models of the cluster, 0: none has a name. Model m: 0..models()-1.
  CUSCHED_HD int models() const { return c.models; }
  CUSCHED_HD int32_t total_gpus_of(int m) const { return p.total_gpus_of[m]; }
  CUSCHED_HD int32_t free_gpus_of(int m) const { return p.total_gpus_of[m] - a.used_gpus_of[m]; }
  // Whether the job may run on GPUs of the model (kNoGpuModel: on nodes of no model).
  CUSCHED_HD bool accepts(const Job& job, int m) const {
    return (p.gpu_sets[job.gpu_model] & gpu_model_bit(m)) != 0;
  }
  // Whether the job asks for GPUs of some models and not of others.
  CUSCHED_HD bool names_models(const Job& job) const { return c.models > 0 && job.gpu_model != 0; }
  CUSCHED_HD bool accepts_node(const Job& job, int n) const { return refused(job, n) == 0; }

  // Running jobs, in no order: job, start, node of each pod.
  CUSCHED_HD int running() const { return s.running_size; }
  CUSCHED_HD int running_slot(int r) const { return a.run_slot[r]; }
  CUSCHED_HD const Job& running_job(int r) const { return a.job[a.run_slot[r]]; }
  CUSCHED_HD int32_t running_start(int r) const { return a.start[a.run_slot[r]]; }
  CUSCHED_HD int pod_node(int slot, int pod) const { return a.pod_node[slot * c.max_pods + pod]; }

  // Pods of `job` that node n could take now, at most job.pods().
  CUSCHED_HD int pods_that_fit(const Job& job, int n) const {
    const NodeState& node = a.node[n];
    if (!accepts_node(job, n)) return 0;
    return pods_in(job, node.free_cpu_milli, node.free_memory_mib, node.free_gpus);
  }
  // The same for these free resources (>= 0), of whatever GPU model.
  CUSCHED_HD static int pods_in(const Job& job, int32_t cpu_milli, int32_t memory_mib,
                                int32_t gpus) {
    int pods = job.pods();
    pods = limit(pods, cpu_milli, job.cpu_milli);
    pods = limit(pods, memory_mib, job.memory_mib);
    return limit(pods, gpus, job.gpus);
  }

  // A step puts a pod on the node with the smallest key, the lowest node on ties; kNoNode where the
  // pod does not fit in what is free, or wants another GPU model. kube-scheduler's LeastAllocated:
  // the mean over CPU and memory of the per cent that stays free with the pod placed, integers, the
  // highest first; MostAllocated inverts.
  static constexpr int32_t kNoNode = INT32_MAX;
  CUSCHED_HD int32_t node_key(const Job& job, int n, int32_t cpu_milli, int32_t memory_mib,
                              int32_t gpus) const {
    const int32_t cpu_left = cpu_milli - job.cpu_milli, memory_left = memory_mib - job.memory_mib;
    const NodeCapacity& node = p.nodes[n];
    const int32_t left =
        percent(cpu_left, node.cpu_percent) + percent(memory_left, node.memory_percent);
    const int32_t key = static_cast<int32_t>(p.node_choice) * (left >> 1);
    return (cpu_left | memory_left | (gpus - job.gpus) | refused(job, n)) < 0 ? kNoNode : key;
  }

  // Whether all pods of the job fit now; one thread.
  CUSCHED_HD bool fits(const Job& job) const {
    if (job.pods() == 1) return fits_one(job);
    if (p.total_cpu_milli - s.used_cpu_milli < int64_t{job.cpu_milli} * job.pods() ||
        p.total_memory_mib - s.used_memory_mib < int64_t{job.memory_mib} * job.pods() ||
        p.total_gpus - s.used_gpus < int64_t{job.gpus} * job.pods())
      return false;
    int pods = 0;
    for (int n = 0; n < c.nodes && pods < job.pods(); ++n)
      if (holds(n, job)) pods += pods_that_fit(job, n);  // on most nodes none: no divisions
    return pods >= job.pods();
  }

  // Seconds until running jobs will have given back what the job needs of the whole cluster, if
  // each ends at its estimate (one that is over it: in a second). 0 where there is enough now,
  // kNever where there never will be; of its GPUs, only those of models that it accepts count.
  // Exact for a pool, a lower bound where free room is split over nodes. Needs Caps::ready. One
  // thread.
  CUSCHED_HD_NOINLINE int32_t ready_s(const Job& job) const {
    int64_t cpu_milli = int64_t{job.cpu_milli} * job.pods() + s.used_cpu_milli - p.total_cpu_milli;
    int64_t memory_mib =
        int64_t{job.memory_mib} * job.pods() + s.used_memory_mib - p.total_memory_mib;
    const bool named = names_models(job);
    int64_t gpus = int64_t{job.gpus} * job.pods() - (named ? 0 : p.total_gpus - s.used_gpus);
    for (int m = 0; named && m < c.models; ++m)
      if (accepts(job, m)) gpus -= free_gpus_of(m);
    if (cpu_milli <= 0 && memory_mib <= 0 && gpus <= 0) return 0;
    for (int i = 0; i < s.running_size; ++i) {
      const int slot = a.ready_order[i];
      const Job& other = a.job[slot];
      cpu_milli -= int64_t{other.cpu_milli} * other.pods();
      memory_mib -= int64_t{other.memory_mib} * other.pods();
      gpus -= int64_t{other.gpus} * (named ? pods_on_models_of(job, slot) : other.pods());
      if (cpu_milli > 0 || memory_mib > 0 || gpus > 0) continue;
      const int32_t left = a.start[slot] - s.now + other.estimate;
      return left > 1 ? left : 1;
    }
    return kNever;
  }

  // Dominant share (Ghodsi et al., NSDI'11) of amounts of the whole cluster, x 10^6: the largest
  // over resources. Nothing of a resource that the cluster has not.
  CUSCHED_HD int64_t dominant_ppm(int64_t cpu_milli, int64_t memory_mib, int64_t gpus) const {
    int64_t share = ppm(cpu_milli, p.total_cpu_milli);
    const int64_t memory = ppm(memory_mib, p.total_memory_mib);
    const int64_t gpu = ppm(gpus, p.total_gpus);
    if (memory > share) share = memory;
    return gpu > share ? gpu : share;
  }
  // What a job keeps busy by its estimate: s of the whole cluster x 10^6, of at most four years, so
  // that the sum over a queue holds.
  CUSCHED_HD int64_t work_ppm_s(const Job& job) const {
    constexpr int32_t kLongest = 1 << 27;
    const int64_t share =
        dominant_ppm(int64_t{job.cpu_milli} * job.pods(), int64_t{job.memory_mib} * job.pods(),
                     int64_t{job.gpus} * job.pods());
    return (share < 1000000 ? share : 1000000) *
           (job.estimate < kLongest ? job.estimate : kLongest);
  }

  // Slot of the waiting job that was submitted first, by id on ties; -1 when none waits. The queue
  // has each priority's jobs in that order.
  CUSCHED_HD int first_arrived() const {
    if (s.queue_size == 0) return -1;
    int first = a.order[s.queue_begin];
    if (p.queue_order == QueueOrder::kArrival) return first;
    int begin = 0;
    for (int priority = kMaxPriority; priority >= 0; --priority) {
      if (a.priority_count[priority] == 0) continue;
      const int slot = a.order[s.queue_begin + begin];
      begin += a.priority_count[priority];
      const Job &job = a.job[slot], &earliest = a.job[first];
      if (job.submit < earliest.submit || (job.submit == earliest.submit && job.id < earliest.id))
        first = slot;
    }
    return first;
  }

  // Items 0..examined()-1 are those of slot_allowed, which a step has examined: the first K; none
  // where the slots have picked jobs and items are the whole queue.
  CUSCHED_HD int examined() const { return c.window > 0 && window > c.slots ? 0 : c.slots; }

  // Whether an item may be chosen now: it fits and there is room in the running set. Where a choice
  // is committed to (RLScheduler) every item may.
  CUSCHED_HD bool allowed(int item) const {
    return item < examined() ? a.slot_allowed[item] != 0 : may_start(item);
  }
  CUSCHED_HD bool wait_allowed() const {
    if (p.commit) return false;
    if (p.idle && something_comes()) return true;
    for (int i = 0; i < c.slots; ++i)
      if (a.slot_allowed[i]) return false;
    return true;
  }

  CUSCHED_HD_NOINLINE bool may_start(int item) const {
    return p.commit || (s.running_size < c.running && fits(job(item)));
  }

  // The nodes with the most free CPU, memory and GPUs: most jobs that fit nowhere, or do, show
  // there.
  struct Peaks {
    int cpu, memory, gpus;
  };
  CUSCHED_HD bool fits(const Job& job, const Peaks& peaks) const {
    if (a.node[peaks.cpu].free_cpu_milli < job.cpu_milli ||
        a.node[peaks.memory].free_memory_mib < job.memory_mib ||
        a.node[peaks.gpus].free_gpus < job.gpus)
      return false;
    return (job.pods() == 1 && (holds(peaks.cpu, job) || holds(peaks.gpus, job))) || fits(job);
  }
  CUSCHED_HD bool holds(int n, const Job& job) const {
    return (shortage(a.node[n], job) | refused(job, n)) >= 0;
  }

 private:
  CUSCHED_HD static int64_t ppm(int64_t part, int64_t whole) {
    return whole > 0 ? part * 1000000 / whole : 0;
  }
  // Negative where the job wants other GPU models than the node's, else 0. One branch that is the
  // same for all, where the cluster has no models.
  CUSCHED_HD int32_t refused(const Job& job, int n) const {
    return c.models == 0 ? 0 : -int32_t{(p.gpu_sets[job.gpu_model] & p.nodes[n].model_bit) == 0};
  }
  // Pods of a running job, by its slot, on nodes whose GPUs the job accepts.
  CUSCHED_HD int pods_on_models_of(const Job& job, int slot) const {
    int pods = 0;
    for (int pod = 0; pod < a.job[slot].pods(); ++pod)
      pods += accepts_node(job, pod_node(slot, pod)) ? 1 : 0;
    return pods;
  }
  // Whether waiting leads anywhere: to an end, an arrival or the horizon. Else an episode that
  // waits would never end.
  CUSCHED_HD bool something_comes() const {
    return s.horizon > 0 || s.running_size > 0 ||
           (s.queue_size < c.queue && source_next_submit(s.source) != kNoMoreJobs);
  }
  // Negative when a pod of the job does not fit: one sign instead of three comparisons, because
  // which resource is short is hard to predict. Nothing here is negative, so nothing overflows.
  CUSCHED_HD static int32_t shortage(const NodeState& node, const Job& job) {
    return (node.free_cpu_milli - job.cpu_milli) | (node.free_memory_mib - job.memory_mib) |
           (node.free_gpus - job.gpus);
  }
  // Whether some node holds a pod: without a branch in a block of nodes, so that compilers
  // vectorise it and nothing is mispredicted.
  CUSCHED_HD bool fits_one(const Job& job) const {
    if (names_models(job)) return fits_one_of_models(job);
    constexpr int kBlock = 16;
    for (int first = 0; first < c.nodes; first += kBlock) {
      const int last = first + kBlock < c.nodes ? first + kBlock : c.nodes;
      int32_t all_short = -1;
      for (int n = first; n < last; ++n) all_short &= shortage(a.node[n], job);
      if (all_short >= 0) return true;
    }
    return false;
  }
  CUSCHED_HD bool fits_one_of_models(const Job& job) const {
    for (int n = 0; n < c.nodes; ++n)
      if (holds(n, job)) return true;
    return false;
  }
  // floor(100 free / capacity), given 100 / capacity. In exact numbers the 0.005 moves the quotient
  // from [q, q + 1 - 1 / capacity] to [q, q + 1] with half of 1 / capacity to spare at both ends;
  // doubles round by less, so this is the integer. Many times as fast as a division.
  CUSCHED_HD static int32_t percent(int32_t free, double per_cent) {
    return static_cast<int32_t>((static_cast<double>(free) + 0.005) * per_cent);
  }
  CUSCHED_HD static int limit(int pods, int32_t free, int32_t request) {
    if (request <= 0) return pods;
    // As free / request: a quotient of two int32 in doubles truncates to the same integer, faster.
    const int fit = static_cast<int32_t>(static_cast<double>(free) / static_cast<double>(request));
    return fit < pods ? fit : pods;
  }
};

}  // namespace cusched::admission
