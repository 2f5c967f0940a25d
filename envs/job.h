// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <type_traits>

#include "cuda/macros.h"

namespace cusched {

inline constexpr int kMaxPods = 1024;  // pods of a gang; larger gangs are refused at the door
inline constexpr int kMaxTenants = 16;
inline constexpr int kMaxPriority = 10;

// Job types in the order of SKRueue's type feature (spark .8, realtime .7, ml .6, etl .5, batch .4,
// generic .2).
enum class JobType : uint8_t { kSpark, kRealtime, kMl, kEtl, kBatch, kGeneric };
inline constexpr int kJobTypes = 6;

// One job as it arrives: 40 bytes without padding. Requests are per pod; all pods of a gang are
// equal. Times are seconds after the episode's origin (see SourceState::origin).
struct Job {
  int32_t id;          // index in the stream or, for a trace, in the window: 0, 1, 2, ...
  int32_t submit;      // s
  int32_t run;         // s, >= 1: how long it really runs
  int32_t estimate;    // s, >= 1: requested (estimated) run time
  int32_t cpu_milli;   // milli-CPU per pod; a processor of an HPC trace is 1000
  int32_t memory_mib;  // MiB per pod
  int16_t gpus;        // whole GPUs per pod
  uint8_t pods_low;    // see pods()
  uint8_t priority;    // 0..10, higher first
  JobType type;
  uint8_t tenant : 4;     // 0..kMaxTenants-1
  uint8_t gpu_model : 4;  // set of GPU models of which it needs one: admission::Params::gpu_sets
  uint8_t urgent : 1;     // 1: class urgent, 0: normal
  uint8_t pods_high : 7;  // see pods()
  uint8_t attempts;       // starts that ended in an OOM kill; 0 on arrival
  uint16_t cpu_use;       // per mille of the CPU request really used
  uint16_t memory_use;    // per mille of the memory request really used
  uint16_t memory_limit;  // per mille of the memory request at which it is OOM-killed; 0: no limit
  uint16_t
      oom_point;  // per mille of the run time at which a job above its limit is killed, 1..1000

  // Pods of the gang, 1..kMaxPods. In two places, so that a job of up to 255 pods has the bytes it
  // always had: states, hashes and checkpoints of old stay good.
  CUSCHED_HD int pods() const { return pods_low | pods_high << 8; }
  CUSCHED_HD void set_pods(int count) {
    pods_low = static_cast<uint8_t>(count & 255);
    pods_high = static_cast<uint8_t>(count >> 8 & 127);
  }
};
static_assert(sizeof(Job) == 40 && std::has_unique_object_representations_v<Job>,
              "jobs are hashed and compared byte by byte");

}  // namespace cusched
