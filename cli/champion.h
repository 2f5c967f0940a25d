// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/evaluate.h"
#include "cli/train_setup.h"
#include "cli/train_verdict.h"
#include "cli/verdict.h"

// Which of the two to deploy after a training: its policy, or the best heuristic.
namespace cusched {

// What decides. Not the verdict's jobs: those judge what was decided.
struct ChampionJobs {
  EvaluationSetup play;       // what is played
  std::vector<int> episodes;  // of these, those that count
  bool fresh = true;          // no look played them
  bool generated = false;     // of a generator: any number of them can be played
  std::string text;           // e.g. "32 fresh episodes (seed 90002)"
};
// `looks`: what looks played. Of generated jobs: 128 episodes, or as many as a look has, of a seed
// that is none of `seeds`. Of a trace: windows of the part that chooses which share no job with
// those of the looks; where there are fewer than four, and where the settings list the episodes,
// those of the looks, and the text says so.
ChampionJobs champion_jobs(const EvaluationSetup& looks, const std::vector<uint64_t>& seeds);

// Whom the policy is compared with.
struct Rivals {
  std::string best;                 // heuristic of the looks
  int64_t looked_at = 0;            // heuristics that the looks played
  std::vector<std::string> others;  // heuristics, e.g. the best one of the warm start
  bool tuned = false;               // also the rule tuned, which the training began with
};

struct Champion {
  std::string policy, heuristic, metric;  // the file, and whom it is compared with
  int64_t heuristics = 0;                 // that the looks played; 0: it is none of theirs
  ChampionJobs jobs;
  Comparison comparison;  // of the policy with the heuristic, paired over the episodes
  int slots = 0;          // K, which the heuristic as a policy file is limited to
  std::string command;    // that exports a heuristic to deploy; empty: no policy file can hold it
  // With the rule that the training searched for and began with; how that is exported.
  std::optional<Comparison> tuned;
  std::string tuned_command;
  // How the verdict's jobs have it, where they contradict.
  std::optional<Comparison> contradiction;

  // A tie goes to the heuristic, which is simpler and is the same tomorrow.
  bool deploys_policy() const { return comparison.standing == Standing::kBeats; }
};

// Plays the policy in `path` and its rivals, which see the whole queue, on champion_jobs(). It is
// compared with the heuristic that is best there, and with tuned beside it; where it loses to
// tuned, with that alone. Of generated jobs as many episodes as `most_s` allows, eight at least.
// Throws Interrupted for a signal beyond `signals`, and where these take longer.
Champion find_champion(const TrainSetup& setup, const EvaluationSetup& looks,
                       const std::string& metric, const Rivals& rivals, const std::string& path,
                       int signals, double most_s);
// Most time that it may take after a training of `training_s`, both in s.
double champion_time_s(double training_s);

// Notes in the champion where the verdict's jobs say the opposite of what it deploys.
void compare_with_verdict(const TrainVerdict& verdict, Champion* champion);

// For people: which one to deploy, by how much and on what jobs; lines of at most 80 columns, but
// for the command, which has a line of its own.
std::string champion_text(const Champion& champion);
// Its sentences alone.
std::string champion_advice(const Champion& champion);
// {"deploy": "policy" or "heuristic" (null: not known), "policy", "heuristic", "metric",
// "standing", "gain" ({"mean", "ci95", "relative"}), "episodes", "jobs", "fresh", "sentence",
// "command" (null: none), "tuned" (null: not compared; "standing", "gain"), "verdict_agrees"}
nlohmann::json champion_json(const Champion& champion);

}  // namespace cusched
