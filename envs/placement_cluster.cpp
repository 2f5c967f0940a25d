// SPDX-License-Identifier: MIT
#include <algorithm>
#include <vector>

#include "envs/placement.h"

// The cluster of one lane of `placement` as people look at it.
namespace cusched {
namespace {

using placement::FragView;
using placement::NodeState;

// Copies of device memory. Whole only after synchronize().
template <class T>
std::vector<T> read(const Exec& exec, const T* from, size_t count) {
  std::vector<T> host(count);
  if (count > 0) copy_bytes(exec, host.data(), from, count * sizeof(T));
  return host;
}

// F of GPU g alone, scaled by FragView::weight. FragView::usable is a sum over GPUs; what pods of
// several GPUs could use is shared out over the fully free ones.
int64_t scaled_of_gpu(const FragView& frag, const NodeState& n, int g) {
  const int64_t share = frag.part(frag.share_row(n.model, n.cpu_rank), n.left[g]);
  const int64_t whole =
      n.left[g] == placement::kMilli ? frag.whole_part(n.model, n.cpu_rank, n.full) / n.full : 0;
  return frag.weight * n.left[g] - share - whole;
}

}  // namespace

ClusterState Placement::cluster(const Exec& exec, const Columns& lane, const Caps& caps,
                                const Params& params) {
  const auto nodes = read(exec, lane.node, static_cast<size_t>(caps.slots));
  const auto log = read(exec, lane.log, static_cast<size_t>(caps.log_pods));
  const auto running = read(exec, lane.running, static_cast<size_t>(caps.running));
  const auto running_size = read(exec, lane.running_size, 1);
  const auto overflow = read(exec, lane.sum_log_overflow, 1);
  const auto specs = read(exec, params.pods, static_cast<size_t>(params.pod_rows));
  synchronize(exec);
  ClusterState state;
  if (params.dynamic) {
    for (int i = 0; i < running_size[0]; ++i) {
      const placement::RunningPod& run = running[i];
      state.pods.push_back({run.pod, run.node, run.gpus, specs[run.pod].gpu_milli()});
    }
  } else {
    // Nobody knows where the pods beyond the log are.
    if (caps.log_pods == 0 || overflow[0] > 0) return {};
    for (const placement::PlacedPod& pod : log)
      if (pod.pod >= 0 && pod.node >= 0)
        state.pods.push_back({pod.pod, pod.node, pod.gpus, pod.gpu_milli});
  }

  int models = 0;
  for (const NodeState& node : nodes) models = std::max(models, node.model + 1);
  FragView frag = params.frag;
  const size_t rows = static_cast<size_t>(models) * (frag.cpu_steps + 1);
  const auto milli_rank = read(exec, frag.milli_rank, placement::kMilli + 1);
  const auto share = read(exec, frag.share, rows * (frag.milli_steps + 1));
  const auto whole = read(exec, frag.whole, rows * (placement::kMaxGpus + 1));
  synchronize(exec);
  frag.milli_rank = milli_rank.data();
  frag.share = share.data();
  frag.whole = whole.data();
  for (const NodeState& from : nodes) {
    ClusterNode node{from.row,
                     from.model,
                     from.cpu_milli,
                     from.memory_mib,
                     from.free_cpu_milli,
                     from.free_memory_mib,
                     {}};
    for (int g = 0; g < from.gpus; ++g)
      node.gpus.push_back({from.left[g], static_cast<double>(scaled_of_gpu(frag, from, g)) /
                                             static_cast<double>(frag.weight)});
    state.nodes.push_back(std::move(node));
  }
  return state;
}

}  // namespace cusched
