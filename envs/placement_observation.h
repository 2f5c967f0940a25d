// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/placement_state.h"

// The encoder of `placement`: numbers of a cluster in, observation out. Training and the live
// controller call these same functions, so that what a policy sees cannot drift apart. All numbers
// are in [0, 1].
namespace cusched::placement {

inline constexpr int kPodFeatures = 6;
inline constexpr int kStateGlobals = 17;  // the current pod, then the cluster
inline constexpr int kGlobals = kStateGlobals + kWindow * kPodFeatures + kClasses;
inline constexpr int kNodeFeatures = 13;  // and those of Params::features

CUSCHED_HD float clip01(float x) {
  const float low = x > 0.0f ? x : 0.0f;
  return low < 1.0f ? low : 1.0f;
}
// a / b in [0, 1]; 0 where b is 0.
CUSCHED_HD float ratio01(int64_t a, int64_t b) {
  return b == 0 ? 0.0f : clip01(static_cast<float>(a) / static_cast<float>(b));
}
CUSCHED_HD float run_feature(int32_t run_s) {
  const float run = static_cast<float>(run_s > 0 ? run_s : 0);
  return run / (run + 3600.0f);
}

// What the first kStateGlobals numbers are made of.
struct GlobalFacts {
  const PodSpec* pod;  // the current pod, null for none
  int64_t waited_rounds, skips, skip_limit;
  int64_t fitting, nodes;  // nodes that hold the pod; all
  int64_t position, size;  // of the pod in this round's queue
  int64_t max_cpu_milli, max_memory_mib;
  int64_t gpu_milli, used_gpu_milli, cpu_milli, used_cpu_milli, memory_mib, used_memory_mib;
  int64_t fragmentation, frag_weight;  // sum of F over nodes, scaled
  int64_t pending, submitted;          // pods
  int64_t round, rounds;
  int64_t left, length;  // of the round (static) or of the episode (dynamic)
};

CUSCHED_HD float global_feature(const GlobalFacts& g, int index) {
  const bool pod = g.pod != nullptr;
  switch (index) {
    case 0:
      return pod ? ratio01(g.pod->cpu_milli, g.max_cpu_milli) : 0.0f;
    case 1:
      return pod ? ratio01(g.pod->memory_mib, g.max_memory_mib) : 0.0f;
    case 2:
      return pod ? ratio01(g.pod->gpus, kMaxGpus) : 0.0f;
    case 3:
      return pod ? ratio01(g.pod->milli, kMilli) : 0.0f;
    case 4:
      return ratio01(g.waited_rounds, 8);
    case 5:
      return ratio01(g.skips, g.skip_limit);
    case 6:
      return ratio01(g.fitting, g.nodes);
    case 7:
      return ratio01(g.position, g.size);
    case 8:
      return pod ? ratio01(g.pod->priority, 3) : 0.0f;
    case 9:
      return pod ? run_feature(g.pod->run_s) : 0.0f;
    case 10:
      return ratio01(g.used_gpu_milli, g.gpu_milli);
    case 11:
      return ratio01(g.used_cpu_milli, g.cpu_milli);
    case 12:
      return ratio01(g.used_memory_mib, g.memory_mib);
    case 13:
      return ratio01(g.fragmentation, g.gpu_milli * g.frag_weight);
    case 14:
      return ratio01(g.pending, g.submitted);
    case 15:
      return ratio01(g.round, g.rounds);
    default:
      return ratio01(g.left, g.length);
  }
}

// kPodFeatures numbers of a further pod; zeros for null.
CUSCHED_HD void encode_pod(const PodSpec* pod, int64_t max_cpu_milli, int64_t max_memory_mib,
                           float* out) {
  if (pod == nullptr) {
    for (int i = 0; i < kPodFeatures; ++i) out[i] = 0.0f;
    return;
  }
  out[0] = ratio01(pod->cpu_milli, max_cpu_milli);
  out[1] = ratio01(pod->memory_mib, max_memory_mib);
  out[2] = ratio01(pod->gpus, kMaxGpus);
  out[3] = ratio01(pod->milli, kMilli);
  out[4] = ratio01(pod->priority, 3);
  out[5] = run_feature(pod->run_s);
}

struct NodeScale {
  int64_t max_cpu_milli, max_memory_mib;  // of the largest node
  int64_t frag_weight;
};

// kNodeFeatures numbers. `fragmentation`: F, `decrease`: of F when the pod is placed (where it
// fits), both scaled by frag_weight.
CUSCHED_HD void encode_node(const NodeState& n, const NodeScale& scale, bool fits,
                            int64_t fragmentation, int64_t decrease, float* out) {
  out[0] = ratio01(n.free_cpu_milli, scale.max_cpu_milli);
  out[1] = ratio01(n.free_memory_mib, scale.max_memory_mib);
  out[2] = ratio01(n.total, kMaxGpus * kMilli);
  out[3] = ratio01(n.cpu_milli, scale.max_cpu_milli);
  out[4] = ratio01(n.memory_mib, scale.max_memory_mib);
  out[5] = ratio01(n.gpus, kMaxGpus);
  out[6] = ratio01(n.largest, kMilli);
  out[7] = ratio01(n.full, kMaxGpus);
  out[8] = ratio01(n.total - kMilli * n.full, kMaxGpus * kMilli);
  out[9] = ratio01(fragmentation, int64_t{kMilli} * n.gpus * scale.frag_weight);
  out[10] = fits ? 1.0f : 0.0f;
  // Most changes are small: half of the range is within 200 milli.
  const float milli = static_cast<float>(decrease) / static_cast<float>(scale.frag_weight);
  const float size = milli < 0.0f ? -milli : milli;
  out[11] = fits ? clip01(0.5f + 0.5f * milli / (size + 200.0f)) : 0.0f;
  out[12] = 1.0f;
}

inline constexpr int kScores = 3;  // first of the optional features

// How well the pod suits a node: FGD's score, 0..100; decrease of F, milli; best fit, 0..100.
struct Scores {
  float value[kScores];
};

// 1 for the best node and 1/2 for one that is a point behind it: of FGD's score or of best fit, or
// 40 milli of F, which is a point of FGD's score. Rules decide by differences that a network would
// not see in the scores themselves, and only near the best one.
CUSCHED_HD float closeness(int index, float best, float score) {
  const float point = index == 1 ? 40.0f : 1.0f;
  return point / (point + (best - score));
}

// The optional features, behind the others; those of a pod that does not fit are 0. Scores are put
// down as they are: when all nodes' are known they become their closeness() to the best one.
CUSCHED_HD void encode_extras(const NodeState& n, uint32_t features, bool fits, const PodSpec* pod,
                              const Scores& scores, float* out) {
  if (features & kFeatureScores)
    for (const float score : scores.value) *out++ = score;
  if (features & kFeatureGpus) {
    for (int i = 0; i < kMaxGpus; ++i) {  // insertion sort
      const float left = static_cast<float>(n.left[i]) / static_cast<float>(kMilli);
      int j = i;
      for (; j > 0 && out[j - 1] < left; --j) out[j] = out[j - 1];
      out[j] = left;
    }
    out += kMaxGpus;
  }
  if (features & kFeatureKept) {
    *out++ = fits ? ratio01(n.free_cpu_milli - pod->cpu_milli, n.cpu_milli) : 0.0f;
    *out++ = fits ? ratio01(n.free_memory_mib - pod->memory_mib, n.memory_mib) : 0.0f;
    *out++ = fits ? ratio01(n.total - pod->gpu_milli(), int64_t{kMilli} * n.gpus) : 0.0f;
  }
}

}  // namespace cusched::placement
