// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "envs/workload/trace.h"

namespace cusched {

// What a batch plays, for people and for comparisons with what a policy was trained on.
struct WorkloadSummary {
  std::string workload;  // e.g. "skrueue-sim", or what a trace's file holds
  std::string file;      // a trace's file as given; empty for a generator
  std::string cluster;   // e.g. "16 nodes, 288 cores, 1.2 TiB, 8 GPUs"
  int64_t jobs = 0;      // of the trace; generators: 0
  int64_t span_s = 0;    // of the trace, first to last submit
  double load = 0;       // offered, share of the cluster's scarcest resource
  std::string part;      // of the trace that is played: "train", "validation", "held-out", "all"
  std::vector<JobRange> ranges;  // windows lie inside these jobs of the trace
  int64_t held_out = 0;          // first job of the part held-out; 0: the trace has no parts
  int64_t window_jobs = 0;       // jobs of an episode; 0: no end
  int64_t windows = 0;           // that the ranges hold side by side, without a shared job
  int64_t warm_up_jobs = 0;      // most jobs that already run when a window begins
  int64_t horizon_s = 0;         // 0: never
};

}  // namespace cusched
