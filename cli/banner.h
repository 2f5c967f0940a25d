// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "agents/trainer.h"
#include "cli/env_options.h"
#include "cli/train_setup.h"
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
  std::string estimate_from;  // e.g. "one episode of fifo"; empty: the budget says how long
};

// The part of it that train and eval have in common.
RunFacts run_facts(const EnvSettings& settings, const BatchShape& shape,
                   const WorkloadSummary& workload, const Device& device, uint64_t seed);

// Of a training; `steps` and `seconds` are its limits, 0 where there is none.
RunFacts training_facts(const TrainSetup& setup, const Batch& batch, const Device& device,
                        int64_t steps, double seconds);
// Fills in how long `steps` take, from two iterations, which train: only where nothing follows.
void time_training(RunFacts* facts, const TrainSetup& setup, Trainer& trainer, const Exec& exec,
                   int64_t steps, double seconds);

// Lines "jobs:", "windows:" (or "episodes:"), "cluster:", "policy:", "objective:", "device:" and
// "budget:" in 80 columns; of what is not known there is no line.
std::string banner_text(const RunFacts& facts);

// {"env", "workload", "file", "jobs", "span_s", "load", "part", "ranges", "window_jobs", "windows",
// "warm_up_jobs", "horizon_s", "cluster", "slots", "observation", "features", "objective",
// "metric", "device", "threads", "seed", "budget", "estimate_s"}; null: not known.
nlohmann::json banner_json(const RunFacts& facts);

// The end of --dry-run: the banner unless `quiet`, and {"run": banner_json, "dry_run": true} on
// stdout where `json_path` is "-"; a file is not written. Returns kExitOk.
int tell_dry_run(const RunFacts& facts, bool quiet, const std::string& json_path);

}  // namespace cusched
