// SPDX-License-Identifier: MIT
#include "envs/placement_check.h"

#include <algorithm>

#include "envs/batch.h"
#include "envs/placement_view.h"
#include "envs/state_check.h"

namespace cusched::placement {
namespace {

// One lane, field by field. Scalars come first: they say how much of the arrays is in use.
class LaneCheck {
 public:
  LaneCheck(const Columns& lane, const Caps& caps, const Params& params)
      : a_(lane), c_(caps), p_(params) {}

  std::string run() {
    scalars();
    if (check_.ok()) queue();
    if (check_.ok()) nodes();
    if (check_.ok() && p_.dynamic) running();
    if (check_.ok()) mask();
    if (check_.ok()) log();
    return check_.problem();
  }

 private:
  bool runs() const { return *a_.ended == 0; }  // the episode

  void scalars() {
    check_.within("ended", *a_.ended, 0, static_cast<int>(Done::kTruncated));
    check_.within("now", *a_.now, 0, p_.dynamic ? *a_.horizon : kNever - 1);
    check_.within("horizon", *a_.horizon, p_.dynamic ? 1 : kNever,
                  p_.dynamic ? p_.horizon_s : kNever);
    check_.within("round", *a_.round, 0, kNever - 1);
    check_.within("size", *a_.size, 0, c_.queue);
    // An episode that runs has a pod to decide on.
    check_.within("head", *a_.head, 0, *a_.size - (runs() ? 1 : 0));
    check_.within("kept", *a_.kept, 0, *a_.head);
    check_.within("consecutive", *a_.consecutive, 0, kNever - 1);
    check_.within("last_node", *a_.last_node, -1, c_.slots - 1);
    check_.within("submitted", *a_.submitted, 0, kNever / 2);
    check_.within("arrivals", *a_.arrivals, 0, kNever / 2);  // it goes on counting
    check_.within("arrival_q16", *a_.arrival_q16, 0, INT64_MAX / 2);
    check_.within("running_size", *a_.running_size, 0,
                  p_.dynamic ? c_.running - (runs() ? 1 : 0) : 0);
  }

  // Pods [0, kept) and [head, size).
  void queue() {
    for (int i = 0; i < *a_.size; ++i) {
      if (i == *a_.kept) i = *a_.head;
      if (i == *a_.size) return;
      const PendingPod& entry = a_.queue[i];
      check_.within("queue.pod", entry.pod, 0, p_.pod_rows - 1, i);
      check_.within("queue.index", entry.index, 0, kNever - 1, i);
      check_.within("queue.arrival_s", entry.arrival_s, 0, p_.dynamic ? *a_.now : 0, i);
      check_.within("queue.skips", entry.skips, 0, INT16_MAX, i);
    }
  }

  void nodes() {
    int64_t gpu_milli = 0;
    for (int n = 0; n < c_.slots && check_.ok(); ++n) {
      const NodeState& node = a_.node[n];
      if (!check_.within("node.row", node.row, 0, p_.node_rows - 1, n)) return;
      if (p_.sample_nodes == 0) check_.equal("node.row", node.row, n, n);
      const NodeRow& row = p_.nodes[node.row];
      check_.equal("node.gpus", node.gpus, row.gpus, n);
      check_.equal("node.model", node.model, row.model, n);
      check_.equal("node.cpu_milli", node.cpu_milli, row.cpu_milli, n);
      check_.equal("node.memory_mib", node.memory_mib, row.memory_mib, n);
      check_.within("node.free_cpu_milli", node.free_cpu_milli, 0, row.cpu_milli, n);
      check_.within("node.free_memory_mib", node.free_memory_mib, 0, row.memory_mib, n);
      check_.within("node.rank", node.rank, 0, c_.slots - 1, n);
      check_.within("node.cpu_rank", node.cpu_rank, 0, p_.frag.cpu_steps, n);
      if (!check_.ok()) return;
      int total = 0, largest = 0, full = 0;
      for (int g = 0; g < kMaxGpus; ++g) {
        check_.within("node.left", node.left[g], 0, g < node.gpus ? kMilli : 0, n);
        total += node.left[g];
        largest = std::max<int>(largest, node.left[g]);
        full += node.left[g] == kMilli ? 1 : 0;
      }
      check_.equal("node.total", node.total, total, n);
      check_.equal("node.largest", node.largest, largest, n);
      check_.equal("node.full", node.full, full, n);
      gpu_milli += int64_t{node.gpus} * kMilli;
    }
    gpu_milli = std::max<int64_t>(gpu_milli, 1);
    check_.equal("gpu_milli", *a_.gpu_milli, gpu_milli);
    // As TimeOps::open_time has it.
    const double gap = p_.gap_milli_s / static_cast<double>(gpu_milli) * 65536.0;
    check_.equal("gap_q16", *a_.gap_q16, p_.dynamic ? static_cast<int64_t>(gap) : 0);
  }

  // What a running pod will give back is what its node lacks; the next end is one of theirs.
  void running() {
    std::vector<NodeState> whole(a_.node, a_.node + c_.slots);
    int32_t next_end = kNever;
    for (int r = 0; r < *a_.running_size; ++r) {
      const RunningPod& run = a_.running[r];
      check_.within("running.pod", run.pod, 0, p_.pod_rows - 1, r);
      check_.within("running.node", run.node, 0, c_.slots - 1, r);
      check_.within("running.end", run.end, 0, kNever - 1, r);
      if (!check_.ok()) return;
      next_end = std::min(next_end, run.end);
      const PodSpec& pod = p_.pods[run.pod];
      NodeState& node = whole[static_cast<size_t>(run.node)];
      const bool room = pod.cpu_milli <= node.cpu_milli - node.free_cpu_milli &&
                        pod.memory_mib <= node.memory_mib - node.free_memory_mib;
      if (!room) return check_.fail("running", r, "a pod that its node does not hold");
      node.free_cpu_milli += pod.cpu_milli;
      node.free_memory_mib += pod.memory_mib;
      for (int g = 0; g < node.gpus; ++g) {
        if ((run.gpus >> g & 1) == 0) continue;
        if (pod.milli > kMilli - node.left[g])
          return check_.fail("running.gpus", r, "a GPU that the pod does not have");
        node.left[g] = static_cast<int16_t>(node.left[g] + pod.milli);
      }
    }
    for (int n = 0; n < c_.slots; ++n) {
      const NodeState& node = whole[static_cast<size_t>(n)];
      check_.equal("node.free_cpu_milli, with what runs there,", node.free_cpu_milli,
                   node.cpu_milli, n);
      check_.equal("node.free_memory_mib, with what runs there,", node.free_memory_mib,
                   node.memory_mib, n);
      for (int g = 0; g < node.gpus; ++g)
        check_.equal("node.left, with what runs there,", node.left[g], kMilli, n);
    }
    check_.equal("next_end", *a_.next_end, next_end);
    if (*a_.running_size == 0) return;
    if (check_.within("next_index", *a_.next_index, 0, *a_.running_size - 1))
      check_.equal("running.end", a_.running[*a_.next_index].end, next_end, *a_.next_index);
  }

  void mask() {
    const PodSpec* const pod = runs() ? &p_.pods[a_.queue[*a_.head].pod] : nullptr;
    for (int n = 0; n < c_.slots; ++n)
      check_.equal("fits", a_.fits[n], pod != nullptr && View::fits(a_.node[n], *pod) ? 1 : 0, n);
  }

  void log() {
    for (int i = 0; i < c_.log_pods; ++i) {
      check_.within("log.pod", a_.log[i].pod, -1, p_.pod_rows - 1, i);
      check_.within("log.node", a_.log[i].node, -1, c_.slots - 1, i);
    }
  }

  const Columns& a_;
  const Caps& c_;
  const Params& p_;
  StateCheck check_;
};

}  // namespace

std::function<std::string(const Columns&, int)> make_check(const Caps& caps,
                                                           std::vector<Params> params,
                                                           std::vector<NodeRow> rows,
                                                           std::vector<PodSpec> pods) {
  return [caps, params = std::move(params), rows = std::move(rows), pods = std::move(pods)](
             const Columns& lane, int member) {
    Params here = params[static_cast<size_t>(member)];
    here.nodes = rows.data();
    here.pods = pods.data();
    return LaneCheck(lane, caps, here).run();
  };
}

}  // namespace cusched::placement
