// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cli/evaluation.h"
#include "cli/train_setup.h"
#include "cli/verdict.h"
#include "envs/workload_summary.h"

namespace cusched {

// What judges a policy.
struct JudgingJobs {
  bool held_out = true;  // neither trained on nor chosen by
  // False: what chose played another trace, or numbered the jobs otherwise, so that nobody knows
  // whether it shares jobs with what judges.
  bool chooser_known = true;
  std::string part;  // of a trace, to be asked for; empty: what the training played
  uint64_t seed = kEvaluationSeed;
};
// `trained_on`: of the training's batch; `listed`: its settings list the episodes; `seeds`: of what
// was learnt from and chosen by.
JudgingJobs judging_jobs(const WorkloadSummary& trained_on, bool listed,
                         const std::vector<uint64_t>& seeds);

// How a trained policy does on the jobs that judge it.
struct TrainVerdict {
  Evaluation evaluation;  // the policy, and the heuristics
  Verdict words;
  std::string metric;
  JudgingJobs jobs;
  bool windows = false;  // episodes are windows of a trace
};

// Plays the policy in `path`, the heuristics that everybody knows, and `best` (of the looks and of
// the warm start; empty: all of them, so that the best is found) on the held-out part of the trace
// that the training's batch has the summary of, as many windows as default_episodes says. A
// training without such a part is judged by what it played, and words say so; generated jobs are 32
// episodes of another seed than those of training and of choosing (`select_seed`). Throws
// Interrupted for a signal beyond `signals`, and where it takes longer than `most_s` seconds.
TrainVerdict judge_policy(const TrainSetup& setup, const WorkloadSummary& trained_on,
                          const std::string& metric, const std::vector<std::string>& best,
                          uint64_t select_seed, const std::string& path, const Device& device,
                          int signals, double most_s);
// Most time that it may take after a training of `training_s`, both in s: half a minute, or a
// tenth.
double verdict_time_s(double training_s);

// For people, lines of at most 80 columns.
std::string verdict_text(const TrainVerdict& verdict);
// {"metric", "episodes", "seed", "part" (where held out of a trace), "held_out" (null: not
// known), "policies":
// [{"name", "learned", "mean"}], "sentences", "warnings"}
nlohmann::json verdict_json(const TrainVerdict& verdict);

}  // namespace cusched
