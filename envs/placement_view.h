// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/placement_state.h"

namespace cusched::placement {

// Items are nodes; in the upper half a heuristic may name the GPU that a share pod gets.
inline constexpr int kItemGpuShift = 16;
CUSCHED_HD int item_of(int node, int gpu) { return node | (gpu + 1) << kItemGpuShift; }
CUSCHED_HD int node_of_item(int item) { return item & ((1 << kItemGpuShift) - 1); }
CUSCHED_HD int gpu_of_item(int item) { return (item >> kItemGpuShift) - 1; }  // -1: by the rule

// A node and how well a pod suits it: FGD's score and, for share pods, the GPU that gives it.
struct FgdChoice {
  int score, gpu;
  int64_t decrease;  // of F, scaled
};

// One lane's state, read-only: what heuristics see.
struct View {
  const Caps& c;
  const Params& p;
  Columns a;  // base pointers moved to this lane: a.node[n], ...
  Scalars s;  // this lane's scalars

  CUSCHED_HD int nodes() const { return c.slots; }
  CUSCHED_HD const NodeState& node(int n) const { return a.node[n]; }
  CUSCHED_HD bool has_pod() const { return s.ended == 0 && s.head < s.size; }
  CUSCHED_HD const PendingPod& pending() const { return a.queue[s.head]; }  // has_pod()
  CUSCHED_HD const PodSpec& pod() const { return p.pods[pending().pod]; }   // has_pod()
  CUSCHED_HD const uint16_t* hosted(int n) const { return a.hosted + n * kHostClasses; }

  CUSCHED_HD int visible() const { return c.slots; }
  CUSCHED_HD bool allowed(int item) const { return a.fits[node_of_item(item)] != 0; }
  CUSCHED_HD bool wait_allowed() const {
    if (!has_pod()) return true;  // after the end
    return p.skip && pending().skips < p.skip_limit && s.consecutive < s.kept + s.size - s.head;
  }

  CUSCHED_HD static bool fits(const NodeState& n, const PodSpec& pod) {
    return (n.free_cpu_milli >= pod.cpu_milli) & (n.free_memory_mib >= pod.memory_mib) &
           (n.largest >= pod.milli) & (n.full >= pod.whole_gpus()) &
           ((pod.models == 0) | ((pod.models >> n.model & 1) != 0));
  }

  // The same for the node without its pods.
  CUSCHED_HD static bool fits_empty(const NodeState& n, const PodSpec& pod) {
    return (n.cpu_milli >= pod.cpu_milli) & (n.memory_mib >= pod.memory_mib) &
           (n.gpus >= pod.gpus) & ((pod.models == 0) | ((pod.models >> n.model & 1) != 0));
  }

  // FGD's experiments, "best fit": 100 less the mean of the CPU and GPU that would stay free, in
  // per cent of the largest node's.
  CUSCHED_HD static double best_fit(const NodeState& n, const PodSpec& pod) {
    const double cpu = 0.5 * (n.free_cpu_milli - pod.cpu_milli) / 128000;
    const double gpu = 0.5 * (n.total - pod.gpu_milli()) / 8000;
    return 100 * (1 - (cpu + gpu));
  }

  // The GPU of least free milli that holds a share pod, the first on ties.
  CUSCHED_HD static int tightest_gpu(const NodeState& n, int milli) {
    int best = -1;
    for (int g = 0; g < n.gpus; ++g)
      if (n.left[g] >= milli && (best < 0 || n.left[g] < n.left[best])) best = g;
    return best;
  }

  // The node with the pod on it; `gpu`: of a share pod. Whole GPUs: the first fully free ones.
  // Returns the GPUs taken. The node's sums are not brought up to date.
  CUSCHED_HD static uint16_t take(NodeState& n, const PodSpec& pod, int gpu) {
    n.free_cpu_milli -= pod.cpu_milli;
    n.free_memory_mib -= pod.memory_mib;
    if (pod.gpus == 0) return 0;
    if (pod.shares_gpu()) {
      n.left[gpu] = static_cast<int16_t>(n.left[gpu] - pod.milli);
      return static_cast<uint16_t>(1u << gpu);
    }
    unsigned gpus = 0;
    for (int g = 0, need = pod.gpus; g < n.gpus && need > 0; ++g) {
      if (n.left[g] != kMilli) continue;
      n.left[g] = 0;
      gpus |= 1u << g;
      --need;
    }
    return static_cast<uint16_t>(gpus);
  }

  // Scaled decrease of F when the pod is placed on the node (where it fits) with this GPU.
  CUSCHED_HD int64_t decrease(const NodeState& n, const PodSpec& pod, int gpu) const {
    const int rank = p.frag.cpu_rank(n.free_cpu_milli - pod.cpu_milli);
    const int64_t usable = rank == n.cpu_rank ? n.usable : p.frag.usable_of(n, rank);
    return (pod.shares_gpu() ? share_decrease(n, pod, n.left[gpu], rank)
                             : whole_decrease(n, pod, rank)) +
           usable - n.usable;
  }

  // FGD: the share pod's GPU of the best score, the first on ties.
  CUSCHED_HD FgdChoice fgd(const NodeState& n, const PodSpec& pod) const {
    const int rank = p.frag.cpu_rank(n.free_cpu_milli - pod.cpu_milli);
    const int64_t usable = rank == n.cpu_rank ? n.usable : p.frag.usable_of(n, rank);
    const int64_t moved = usable - n.usable;
    if (!pod.shares_gpu()) {
      const int64_t fall = whole_decrease(n, pod, rank) + moved;
      return {score_of(n, pod, -1, fall), -1, fall};
    }
    FgdChoice best{-1, -1, 0};
    for (int g = 0; g < n.gpus; ++g) {
      if (n.left[g] < pod.milli) continue;
      bool twin = false;  // of a GPU before it: the same score
      for (int before = 0; before < g; ++before) twin |= n.left[before] == n.left[g];
      if (twin) continue;
      const int64_t fall = share_decrease(n, pod, n.left[g], rank) + moved;
      const int score = score_of(n, pod, g, fall);
      if (score > best.score) best = {score, g, fall};
    }
    return best;
  }

  // What a step does when an action names only the node.
  CUSCHED_HD int gpu_by_rule(const NodeState& n, const PodSpec& pod) const {
    if (!pod.shares_gpu()) return -1;
    return p.gpu_choice == GpuChoice::kFgd ? fgd(n, pod).gpu : tightest_gpu(n, pod.milli);
  }

  // Whether the option `defer` has a heuristic skip the pod instead of placing it so.
  CUSCHED_HD_NOINLINE bool deferred(int item) const {
    if (p.defer == Defer::kNone || !wait_allowed()) return false;
    if (p.defer == Defer::kShare) return pod().shares_gpu();
    const NodeState& n = node(node_of_item(item));
    int gpu = gpu_of_item(item);
    if (gpu < 0) gpu = gpu_by_rule(n, pod());
    return -decrease(n, pod(), gpu) > p.defer_milli * p.frag.weight;
  }

 private:
  // The part of a decrease that is due to the GPUs, at a fixed rank of the CPU: a share pod on a
  // GPU with `left` milli free, and any other pod.
  CUSCHED_HD int64_t share_decrease(const NodeState& n, const PodSpec& pod, int left,
                                    int rank) const {
    const FragView& frag = p.frag;
    const int32_t* const row = frag.share_row(n.model, rank);
    int64_t change = frag.part(row, left - pod.milli) - frag.part(row, left);
    if (left == kMilli)
      change += frag.whole_part(n.model, rank, n.full - 1) - frag.whole_part(n.model, rank, n.full);
    return frag.weight * pod.milli + change;
  }
  CUSCHED_HD int64_t whole_decrease(const NodeState& n, const PodSpec& pod, int rank) const {
    if (pod.gpus == 0) return 0;
    const FragView& frag = p.frag;
    return frag.weight * pod.gpu_milli() -
           pod.gpus * frag.part(frag.share_row(n.model, rank), kMilli) +
           frag.whole_part(n.model, rank, n.full - pod.gpus) -
           frag.whole_part(n.model, rank, n.full);
  }
  CUSCHED_HD int score_of(const NodeState& n, const PodSpec& pod, int gpu, int64_t fall) const {
    return p.frag.score(n, fall, [&] {
      NodeState after = n;
      take(after, pod, gpu);
      p.frag.refresh(after);
      return after;
    });
  }
};

}  // namespace cusched::placement
