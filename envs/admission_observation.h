// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/admission_state.h"

// The encoder of `admission`: numbers of a cluster in, observation out. Training and the live
// controller call these same functions, so that what a policy sees cannot drift apart.
namespace cusched::admission {

inline constexpr int kGlobals = 7;
inline constexpr int kBaseFeatures = 6;

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

// What a slot's features are made of. Requests over all pods.
struct SlotFacts {
  int64_t cpu_milli, memory_mib;
  int32_t priority;
  int32_t wait_s;
  int32_t estimate_s;
  JobType type;
  int32_t pods;
  bool fits;
  int32_t ready_s;  // until there is room by the estimates of running jobs; with kFeatureReady
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

// SKRueue's type feature: spark .8 realtime .7 ml .6 etl .5 batch .4 generic .2.
CUSCHED_HD float type_value(JobType type) {
  switch (type) {
    case JobType::kSpark:
      return 0.8f;
    case JobType::kRealtime:
      return 0.7f;
    case JobType::kMl:
      return 0.6f;
    case JobType::kEtl:
      return 0.5f;
    case JobType::kBatch:
      return 0.4f;
    default:
      return 0.2f;
  }
}

CUSCHED_HD float global_feature(const GlobalFacts& g, int index) {
  switch (index) {
    case 0:
      return ratio01(g.free_cpu_milli, g.total_cpu_milli);
    case 1:
      return ratio01(g.free_memory_mib, g.total_memory_mib);
    case 2:
      return ratio01(g.interval_cpu, g.total_cpu_milli * g.interval_s);
    case 3:
      return ratio01(g.interval_memory, g.total_memory_mib * g.interval_s);
    case 4:
      return ratio01(g.running, 100);
    case 5:
      return ratio01(g.history_cpu, g.total_cpu_milli * g.history_s);
    default:
      return ratio01(g.recent_ooms, g.recent_ends);
  }
}

// Writes slot_features(features) numbers.
CUSCHED_HD void encode_slot(const SlotFacts& s, int64_t total_cpu_milli, int64_t total_memory_mib,
                            uint32_t features, float* out) {
  const float wait = static_cast<float>(s.wait_s);
  const float run = static_cast<float>(s.estimate_s);
  out[0] = ratio01(s.cpu_milli, total_cpu_milli);
  out[1] = ratio01(s.memory_mib, total_memory_mib);
  out[2] = clip01(static_cast<float>(s.priority) / 10.0f);
  out[3] = clip01(wait / 3600.0f);
  out[4] = clip01(run / 7200.0f);
  out[5] = type_value(s.type);
  float* extra = out + kBaseFeatures;
  if (features & kFeatureFits) *extra++ = s.fits ? 1.0f : 0.0f;
  if (features & kFeaturePods) {
    *extra++ = static_cast<float>(s.pods) / static_cast<float>(kMaxPods);
    *extra++ = s.pods > 1 ? static_cast<float>(s.pods) / static_cast<float>(kMaxPods) : 0.0f;
  }
  if (features & kFeatureScales) {
    *extra++ = run / (run + 600.0f);
    *extra++ = run / (run + 36000.0f);
    *extra++ = wait / (wait + 3600.0f);
    *extra++ = wait / (wait + 360000.0f);
  }
  if (features & kFeatureReady) {
    const float ready = static_cast<float>(s.ready_s);
    *extra++ = ready / (ready + 600.0f);
    *extra++ = ready / (ready + 36000.0f);
  }
}

}  // namespace cusched::admission
