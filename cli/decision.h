// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cli/evaluate.h"
#include "export/torchscript_model.h"

// One episode of a policy, step by step, and what a decision in it looks like from every side.
namespace cusched {

// A step at which something could be decided.
struct DecisionPoint {
  int64_t step = 0;   // of the episode, from 0
  int32_t now_s = 0;  // after the episode's origin
  int choices = 0;    // jobs that the policy may choose
};

// An episode as one contestant played it.
struct PlayedEpisode {
  EpisodeMetrics metrics;  // (1, 1, names)
  EpisodeJobs jobs;
  std::vector<DecisionPoint> decisions;  // of a policy; a heuristic has none
};

// `lane`: which of the setup's episodes. Throws InputError where the environment has no queue.
PlayedEpisode play_episode(const EvaluationSetup& setup, int lane, const TorchscriptModel& model);
PlayedEpisode play_episode(const EvaluationSetup& setup, int lane, int heuristic);

// What a heuristic with the whole queue would do in the same state.
struct HeuristicChoice {
  std::string name;
  int32_t job = -1;  // id; meaningless where it waits
  int place = -1;    // in Decision::queue, from 0; -1: it waits
};

struct Decision {
  int64_t step = 0;
  int slots = 0;  // K
  QueueState queue;
  std::vector<double> scores;         // (K + 1): the policy's logits or Q-values; NaN: not allowed
  std::vector<double> probabilities;  // (K + 1): softmax of the scores; empty for Q-values
  int action = 0;                     // 0..K, K waits
  std::vector<HeuristicChoice> heuristics;
};

// The state before step `step` of the policy's episode.
Decision decide_at(const EvaluationSetup& setup, int lane, const TorchscriptModel& model,
                   int64_t step);

// For a terminal, within 80 columns: the queue as the policy sees it, its scores, and who would
// choose what.
std::string decision_text(const Decision& decision, const std::string& policy);
nlohmann::json decision_json(const Decision& decision);

}  // namespace cusched
