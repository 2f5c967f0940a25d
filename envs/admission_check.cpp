// SPDX-License-Identifier: MIT
#include "envs/admission_check.h"

#include <algorithm>

#include "cuda/group.h"
#include "envs/admission_running.h"
#include "envs/state_check.h"

namespace cusched::admission {
namespace {

using Running = RunningOps<SerialGroup>;

// One lane, field by field. Scalars come first: they say how much of the arrays is in use.
class LaneCheck {
 public:
  LaneCheck(const Columns& lane, const Caps& caps, const Params& params, int64_t trace_jobs)
      : a_(lane),
        c_(caps),
        p_(params),
        trace_jobs_(trace_jobs),
        seen_(static_cast<size_t>(caps.job_slots())) {}

  std::string run() {
    scalars();
    if (check_.ok()) source();
    if (check_.ok()) slots();
    if (check_.ok()) waiting();
    if (check_.ok()) running();
    if (check_.ok() && c_.ready > 0) ready_order();
    for (int i = 0; i < c_.slots; ++i) check_.within("slot_allowed", a_.slot_allowed[i], 0, 1, i);
    if (check_.ok() && c_.window > 0) window();
    return check_.problem();
  }

 private:
  void scalars() {
    check_.within("now", *a_.now, 0, kNever - 1);
    check_.within("horizon", *a_.horizon, p_.horizon_s > 0 ? 1 : 0, p_.horizon_s);
    check_.within("queue_size", *a_.queue_size, 0, c_.job_slots());
    check_.within("queue_begin", *a_.queue_begin, 0, c_.order_size() - int64_t{*a_.queue_size});
    check_.within("running_size", *a_.running_size, 0, c_.running);
    check_.equal("free_size", *a_.free_size,
                 c_.job_slots() - int64_t{*a_.queue_size} - *a_.running_size);
    check_.within("history_at", *a_.history_at, 0, kHistory - 1);
    check_.within("oom_epoch", *a_.oom_epoch, 0, *a_.now / kOomBucketS);
  }

  void source() {
    const SourceState& s = *a_.source;
    const bool trace = p_.source.kind == SourceKind::kTrace;
    check_.within("source.clock_q16", s.clock_q16, 0, 4 * kLastArrivalQ16);
    check_.within("source.next", s.next, 0, kNoMoreJobs);
    check_.within("source.origin_s", s.origin_s, 0, kDaySeconds - 1);
    check_.within("source.first", s.first, 0, trace ? trace_jobs_ - 1 : 0);
    const int64_t limit = p_.source.job_limit > 0 ? p_.source.job_limit : kNoMoreJobs;
    check_.within(
        "source.remaining", s.remaining, 0,
        (trace ? std::min<int64_t>(p_.source.trace.length, trace_jobs_ - s.first) : limit) -
            s.next);
  }

  // Each job slot is waiting, running or free.
  void slots() {
    for (int i = 0; i < *a_.queue_size; ++i) take("order", a_.order[*a_.queue_begin + i], i);
    for (int i = 0; i < *a_.running_size; ++i) take("run_slot", a_.run_slot[i], i);
    for (int i = 0; i < *a_.free_size; ++i) take("free_slot", a_.free_slot[i], i);
  }
  void take(const char* field, int slot, int index) {
    if (!check_.within(field, slot, 0, c_.job_slots() - 1, index)) return;
    if (seen_[static_cast<size_t>(slot)]++ != 0)
      check_.fail(field, index, std::to_string(slot) + ", a slot that is in use elsewhere");
  }

  void waiting() {
    const View view{c_, p_, a_, {}, c_.slots};
    int32_t counts[kMaxPriority + 1] = {}, gangs = 0;
    int64_t work_ppm_s = 0;
    for (int i = 0; i < *a_.queue_size && check_.ok(); ++i) {
      const int slot = a_.order[*a_.queue_begin + i];
      job(slot);
      if (!check_.ok()) return;
      ++counts[a_.job[slot].priority];
      gangs += a_.job[slot].pods() > 1 ? 1 : 0;
      work_ppm_s += view.work_ppm_s(a_.job[slot]);
      if (p_.commit) fits_empty(slot);
    }
    for (int i = 0; i <= kMaxPriority; ++i)
      check_.equal("priority_count", a_.priority_count[i], counts[i], i);
    check_.equal("queue_gangs", *a_.queue_gangs, gangs);
    if (c_.behind > 0) check_.equal("queue_work", *a_.queue_work, work_ppm_s);
  }

  // `earliest`: smallest id; below 0 for jobs of before a window, which were submitted before it.
  void job(int slot, int64_t earliest = 0) {
    const Job& job = a_.job[slot];
    const bool before = job.id < 0;
    check_.within("job.id", job.id, earliest, INT32_MAX, slot);
    check_.within("job.submit", job.submit, before ? INT32_MIN : 0, before ? 0 : *a_.now, slot);
    check_.within("job.run", job.run, 1, INT32_MAX, slot);
    check_.within("job.estimate", job.estimate, 1, INT32_MAX, slot);
    check_.within("job.cpu_milli", job.cpu_milli, 0, INT32_MAX, slot);
    check_.within("job.memory_mib", job.memory_mib, 0, INT32_MAX, slot);
    check_.within("job.gpus", job.gpus, 0, INT16_MAX, slot);
    check_.within("job.pods", job.pods(), 1, c_.max_pods, slot);
    check_.within("job.priority", job.priority, 0, kMaxPriority, slot);
    check_.within("job.type", static_cast<int>(job.type), 0, kJobTypes - 1, slot);
    check_.within("job.tenant", job.tenant, 0, kMaxTenants - 1, slot);
    if (p_.gpu_sets[job.gpu_model] == 0)
      check_.fail("job.gpu_model", slot,
                  std::to_string(job.gpu_model) + ", a set of GPU models that there is not");
  }

  // A job that is waited for has to start at some time.
  void fits_empty(int slot) {
    const Job& job = a_.job[slot];
    int64_t pods = 0;
    for (int n = 0; n < c_.nodes && pods < job.pods(); ++n)
      if (accepts(job, n))
        pods += View::pods_in(job, p_.nodes[n].cpu_milli, p_.nodes[n].memory_mib, p_.nodes[n].gpus);
    if (pods < job.pods()) check_.fail("job", slot, "larger than the cluster");
  }

  bool accepts(const Job& job, int n) const {
    return (p_.gpu_sets[job.gpu_model] & p_.nodes[n].model_bit) != 0;
  }

  // Nodes hold the running jobs, and nothing else; the next end is one of theirs.
  void running() {
    std::vector<NodeState> nodes;
    for (int n = 0; n < c_.nodes; ++n)
      nodes.push_back({p_.nodes[n].cpu_milli, p_.nodes[n].memory_mib, p_.nodes[n].gpus, 0});
    int32_t used_gpus_of[kMaxGpuModels] = {};
    int32_t next_end = kNever;
    for (int r = 0; r < *a_.running_size && check_.ok(); ++r) {
      const int slot = a_.run_slot[r];
      job(slot, p_.source.trace.warm_begin != nullptr ? -int64_t{a_.source->first} : 0);
      check_.within("start", a_.start[slot], std::min(a_.job[slot].submit, 0), *a_.now, slot);
      check_.within("run_end", a_.run_end[r], 0, kNever - 1, r);
      if (!check_.ok()) return;
      next_end = std::min(next_end, a_.run_end[r]);
      const Job& job = a_.job[slot];
      for (int pod = 0; pod < job.pods(); ++pod) {
        const int64_t at = int64_t{slot} * c_.max_pods + pod;
        if (!check_.within("pod_node", a_.pod_node[at], 0, c_.nodes - 1, at)) return;
        NodeState& node = nodes[a_.pod_node[at]];
        const bool holds = node.free_cpu_milli >= job.cpu_milli &&
                           node.free_memory_mib >= job.memory_mib && node.free_gpus >= job.gpus;
        if (!holds) {
          check_.fail("pod_node", at, std::to_string(a_.pod_node[at]) + ", a node without room");
          return;
        }
        if (!accepts(job, a_.pod_node[at])) {
          check_.fail("pod_node", at,
                      std::to_string(a_.pod_node[at]) + ", a node of a GPU model it does not want");
          return;
        }
        if (const int model = p_.nodes[a_.pod_node[at]].model; model >= 0)
          used_gpus_of[model] += job.gpus;
        node.free_cpu_milli -= job.cpu_milli;
        node.free_memory_mib -= job.memory_mib;
        node.free_gpus -= job.gpus;
        node.actual_memory_mib += Running::pod_memory(job);
      }
    }
    for (int n = 0; n < c_.nodes; ++n) {
      check_.equal("node.free_cpu_milli", a_.node[n].free_cpu_milli, nodes[n].free_cpu_milli, n);
      check_.equal("node.free_memory_mib", a_.node[n].free_memory_mib, nodes[n].free_memory_mib, n);
      check_.equal("node.free_gpus", a_.node[n].free_gpus, nodes[n].free_gpus, n);
      check_.equal("node.actual_memory_mib", a_.node[n].actual_memory_mib,
                   nodes[n].actual_memory_mib, n);
    }
    for (int m = 0; m < c_.models; ++m)
      check_.equal("used_gpus_of", a_.used_gpus_of[m], used_gpus_of[m], m);
    check_.equal("next_end", *a_.next_end, next_end);
    if (*a_.running_size == 0) return;
    if (check_.within("next_index", *a_.next_index, 0, *a_.running_size - 1))
      check_.equal("run_end", a_.run_end[*a_.next_index], next_end, *a_.next_index);
  }

  // The jobs of the slots wait, each in one slot.
  void window() {
    std::vector<uint8_t> waits(static_cast<size_t>(c_.job_slots()));
    for (int i = 0; i < *a_.queue_size; ++i)
      waits[static_cast<size_t>(a_.order[*a_.queue_begin + i])] = 1;
    for (int i = 0; i < std::min(*a_.queue_size, c_.slots); ++i) {
      const int slot = a_.window_order[i];
      if (!check_.within("window_order", slot, 0, c_.job_slots() - 1, i)) return;
      if (waits[static_cast<size_t>(slot)]-- == 0)
        return check_.fail("window_order", i, std::to_string(slot) + ", no job that still waits");
    }
  }

  // The running jobs, each once, by their expected ends.
  void ready_order() {
    std::vector<uint8_t> runs(static_cast<size_t>(c_.job_slots()));
    for (int r = 0; r < *a_.running_size; ++r) runs[static_cast<size_t>(a_.run_slot[r])] = 1;
    int64_t last = INT64_MIN;
    for (int i = 0; i < *a_.running_size; ++i) {
      const int slot = a_.ready_order[i];
      if (!check_.within("ready_order", slot, 0, c_.job_slots() - 1, i)) return;
      const int64_t end = int64_t{a_.start[slot]} + a_.job[slot].estimate;
      if (runs[static_cast<size_t>(slot)]-- == 0)
        return check_.fail("ready_order", i, std::to_string(slot) + ", no job that still runs");
      if (end < last)
        return check_.fail("ready_order", i, std::to_string(slot) + ", a job that ends earlier");
      last = end;
    }
  }

  const Columns& a_;
  const Caps& c_;
  const Params& p_;
  int64_t trace_jobs_;
  std::vector<uint8_t> seen_;
  StateCheck check_;
};

}  // namespace

std::function<std::string(const Columns&, int)> make_check(const Caps& caps,
                                                           std::vector<Params> params,
                                                           std::vector<NodeCapacity> nodes,
                                                           int64_t trace_jobs) {
  return [caps, params = std::move(params), nodes = std::move(nodes), trace_jobs](
             const Columns& lane, int member) {
    Params here = params[static_cast<size_t>(member)];
    here.nodes = nodes.data();
    return LaneCheck(lane, caps, here, trace_jobs).run();
  };
}

}  // namespace cusched::admission
