// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "agents/trainer.h"
#include "cli/env_options.h"
#include "envs/batch.h"

// What a training or an evaluation is about to do, told before it begins.
namespace cusched {

struct RunFacts {
  std::string env;            // e.g. "admission"
  WorkloadSummary workload;   // Batch::summary
  std::string features;       // the option of that name, e.g. "all"; empty: there is none
  BatchShape shape;           // K and the observation's numbers
  std::string objective;      // the option of that name; empty: there is none
  std::string metric;         // by which it is judged, e.g. "wait_mean_s"
  std::string device;         // for people, e.g. "cuda:0"
  int threads = 1;            // of the CPU
  uint64_t seed = 0;          // of what is drawn
  std::string budget;         // e.g. "1 policy and 17 heuristics, 32 episodes each"
  double estimate_s = -1;     // how long it takes; < 0: not known
  std::string estimate_from;  // e.g. "one episode of fifo"; empty: the user said how long
};

// The part of it that train and eval have in common.
RunFacts run_facts(const EnvSettings& settings, const BatchShape& shape,
                   const WorkloadSummary& workload, const Device& device, uint64_t seed);

// Lines "jobs:", "windows:" (or "episodes:"), "cluster:", "policy:", "objective:", "device:" and
// "budget:" in 80 columns; of what is not known there is no line.
std::string banner_text(const RunFacts& facts);

// {"env", "workload", "file", "jobs", "span_s", "load", "part", "ranges", "window_jobs", "windows",
// "warm_up_jobs", "horizon_s", "cluster", "slots", "observation", "features", "objective",
// "metric", "device", "threads", "seed", "budget", "estimate_s"}; null: not known.
nlohmann::json banner_json(const RunFacts& facts);

}  // namespace cusched
