// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/evaluation.h"
#include "cli/train_setup.h"
#include "cli/verdict.h"
#include "envs/workload_summary.h"

namespace cusched {

// How a trained policy does on episodes that it was neither trained on nor chosen by.
struct TrainVerdict {
  Evaluation evaluation;  // the policy, and the heuristics
  Verdict words;
  std::string metric;
  std::string part;  // of the trace that was played; empty: generated jobs
  uint64_t seed = kEvaluationSeed;
};

// Plays the policy in `path`, the heuristics that everybody knows, and `best` (by the looks; empty:
// all of them, so that the best is found) on the held-out part of the trace that the training's
// batch has the summary of, as many windows as lie side by side, at most 32; else on 32 episodes of
// another seed. Throws Interrupted for a signal beyond `signals`, and where it takes longer than
// half a minute.
TrainVerdict judge_policy(const TrainSetup& setup, const WorkloadSummary& trained_on,
                          const std::string& metric, const std::string& best,
                          const std::string& path, const Device& device, int signals);

// For people, lines of at most 80 columns.
std::string verdict_text(const TrainVerdict& verdict);
// {"metric", "episodes", "seed", "part", "policies": [{"name", "learned", "mean"}], "sentences",
// "warnings"}
nlohmann::json verdict_json(const TrainVerdict& verdict);

}  // namespace cusched
