// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/admission_state.h"
#include "envs/gpu_models.h"

// The encoder of `admission`: numbers of a cluster in, observation out. Training and the live
// controller call these same functions, so that what a policy sees cannot drift apart.
namespace cusched::admission {

inline constexpr int kBaseGlobals = 7;
inline constexpr int kBaseFeatures = 6;
inline constexpr float kPodScale = 8.0f;  // pods that are 1 in the features of kFeaturePods

// What the 7 global numbers are made of.
struct GlobalFacts {
  int64_t free_cpu_milli, free_memory_mib;  // capacity minus requests of running jobs
  int64_t total_cpu_milli, total_memory_mib;
  int64_t interval_cpu, interval_memory;  // actual use x s over the last interval ...
  int64_t interval_s;                     // ... of this length; 1 with instantaneous use
  int64_t running;                        // jobs
  int64_t history_cpu, history_s;         // actual CPU x s over the last 10 intervals
  int64_t recent_ooms, recent_ends;       // in the last hour
};

// What the further global numbers are made of.
struct FurtherFacts {
  int64_t free_gpus, total_gpus;  // of the cluster
  int32_t most_free, node_gpus;   // largest number of free GPUs on one node, of GPUs on one
  int64_t fragmented;             // free GPUs on nodes with fewer than node_gpus of them free
  int32_t spread_ppm;             // largest minus smallest dominant share of a tenant; 0 with one
  int models;                     // GPU models of the cluster, 0..kMaxGpuModels, and of each ...
  int32_t free_gpus_of[kMaxGpuModels], total_gpus_of[kMaxGpuModels];
  int32_t behind, slots;  // waiting jobs that are in no slot; K
  int64_t behind_ppm_s;   // their work: s of the whole cluster by their estimates x 10^6
};

// What a slot's features are made of: nothing negative. Requests over all pods.
struct SlotFacts {
  int64_t cpu_milli, memory_mib;
  int32_t priority;
  int32_t wait_s;
  int32_t estimate_s;
  JobType type;
  int32_t pods;
  int32_t gpus;              // a pod
  int32_t tenant_share_ppm;  // dominant share of the job's tenant: running jobs; 0 with one tenant
  bool urgent;
  int models;             // GPU models of the cluster
  GpuModelBits accepted;  // gpu_model_bit of those on which the job may run
};

// Written so that it becomes a maximum and a minimum without branches.
CUSCHED_HD float clip01(float x) {
  const float low = x > 0.0f ? x : 0.0f;
  return low < 1.0f ? low : 1.0f;
}

// a / b in [0, 1]; 0 where b is 0 (an hour without ended jobs, a cluster without memory).
CUSCHED_HD float ratio01(int64_t a, int64_t b) {
  return b == 0 ? 0.0f : clip01(static_cast<float>(a) / static_cast<float>(b));
}

// SKRueue's type feature, by JobType.
CUSCHED_HD float type_value(JobType type) {
  static constexpr float kValues[kJobTypes] = {0.8f, 0.7f, 0.6f, 0.5f, 0.4f, 0.2f};
  return kValues[static_cast<int>(type)];
}

// The first global numbers: part[i] / whole[i] in [0, 1].
struct GlobalRatios {
  int64_t part[kBaseGlobals], whole[kBaseGlobals];
};
CUSCHED_HD GlobalRatios global_ratios(const GlobalFacts& g) {
  return {{g.free_cpu_milli, g.free_memory_mib, g.interval_cpu, g.interval_memory, g.running,
           g.history_cpu, g.recent_ooms},
          {g.total_cpu_milli, g.total_memory_mib, g.total_cpu_milli * g.interval_s,
           g.total_memory_mib * g.interval_s, 100, g.total_cpu_milli * g.history_s, g.recent_ends}};
}

// Writes the global numbers after those: global_numbers(features) - kBaseGlobals.
CUSCHED_HD void encode_further_globals(const FurtherFacts& facts, uint32_t features, float* out) {
  if (features & kFeatureGpus) {
    *out++ = ratio01(facts.free_gpus, facts.total_gpus);
    *out++ = ratio01(facts.most_free, facts.node_gpus);
    *out++ = ratio01(facts.fragmented, facts.free_gpus);
  }
  if (features & kFeatureTenant) *out++ = ratio01(facts.spread_ppm, 1000000);
  if (features & kFeatureModels)
    for (int m = 0; m < facts.models; ++m)
      *out++ = ratio01(facts.free_gpus_of[m], facts.total_gpus_of[m]);
  if (features & kFeatureBehind) {
    constexpr int64_t kHour = int64_t{3600} * 1000000;
    *out++ = ratio01(facts.behind, facts.behind + facts.slots);
    *out++ = ratio01(facts.behind_ppm_s, facts.behind_ppm_s + kHour);
  }
}

// What the first five numbers of a slot are divided by, made once per observation.
struct SlotScales {
  float cpu, memory;
};
CUSCHED_HD SlotScales slot_scales(int64_t total_cpu_milli, int64_t total_memory_mib) {
  constexpr float kInfinity = __builtin_huge_valf();  // of what the cluster has not, the share is 0
  return {total_cpu_milli == 0 ? kInfinity : static_cast<float>(total_cpu_milli),
          total_memory_mib == 0 ? kInfinity : static_cast<float>(total_memory_mib)};
}

CUSCHED_HD float at_most_1(float x) { return x < 1.0f ? x : 1.0f; }

// Writes the six numbers that every slot has.
CUSCHED_HD void encode_slot(const SlotFacts& s, const SlotScales& scales, float* out) {
  out[0] = at_most_1(static_cast<float>(s.cpu_milli) / scales.cpu);
  out[1] = at_most_1(static_cast<float>(s.memory_mib) / scales.memory);
  out[2] = at_most_1(static_cast<float>(s.priority) / 10.0f);
  out[3] = at_most_1(static_cast<float>(s.wait_s) / 3600.0f);
  out[4] = at_most_1(static_cast<float>(s.estimate_s) / 7200.0f);
  out[5] = type_value(s.type);
}

// Writes the numbers after those, but for the scores. `fits`: now; `ready_s`:
// until there is room by the estimates of running jobs. Each is read with its feature only.
// `node_gpus`, `total_gpus`: of the node that has most, and of the cluster.
CUSCHED_HD void encode_further(const SlotFacts& s, bool fits, int32_t ready_s, int32_t node_gpus,
                               int64_t total_gpus, uint32_t features, float* out) {
  const float wait = static_cast<float>(s.wait_s);
  const float run = static_cast<float>(s.estimate_s);
  if (features & kFeatureFits) *out++ = fits ? 1.0f : 0.0f;
  if (features & kFeaturePods) {
    *out++ = static_cast<float>(s.pods) / kPodScale;
    *out++ = s.pods > 1 ? static_cast<float>(s.pods) / kPodScale : 0.0f;
  }
  if (features & kFeatureScales) {
    *out++ = run / (run + 600.0f);
    *out++ = run / (run + 36000.0f);
    *out++ = wait / (wait + 3600.0f);
    *out++ = wait / (wait + 360000.0f);
  }
  if (features & kFeatureReady) {
    const float ready = static_cast<float>(ready_s);
    *out++ = ready / (ready + 600.0f);
    *out++ = ready / (ready + 36000.0f);
  }
  if (features & kFeatureGpus) {
    *out++ = ratio01(s.gpus, node_gpus);
    *out++ = ratio01(int64_t{s.gpus} * s.pods, total_gpus);
  }
  if (features & kFeatureTenant) *out++ = ratio01(s.tenant_share_ppm, 1000000);
  if (features & kFeatureUrgent) *out++ = s.urgent ? 1.0f : 0.0f;
  if (features & kFeatureModels)
    for (int m = 0; m < s.models; ++m) *out++ = s.accepted & gpu_model_bit(m) ? 1.0f : 0.0f;
}

// Of a rule: where `better` of the jobs that may be chosen have a better score, 0 for the best.
CUSCHED_HD float behind_best(int better) {
  const float r = static_cast<float>(better);
  return r / (r + 1.0f);
}
// EASY's: whether the job may start without delaying the one that arrived first (`head`), which
// has room in `reserved_s` s.
CUSCHED_HD float backfill_window(bool head, bool fits, int32_t estimate_s, int32_t reserved_s) {
  return head || (fits && estimate_s <= reserved_s) ? 1.0f : 0.0f;
}

}  // namespace cusched::admission
