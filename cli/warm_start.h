// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "agents/warm_start_config.h"
#include "agents/warm_start_report.h"
#include "cli/options.h"
#include "cuda/device.h"
#include "envs/registry.h"

namespace cusched {

// --warm-start and what belongs to it: a training that begins by imitating a heuristic.
class WarmStartOptions {
 public:
  void declare(OptionTable& table, const EnvEntry& entry);
  // Throws InputError for a heuristic that the environment does not have.
  void validate(const EnvEntry& entry) const;
  // Notes on what was set and does nothing, because the training begins cold.
  std::vector<std::string> idle_options(const OptionTable& table) const;

  bool on() const { return heuristic != "none"; }
  // Where "best" is wanted: plays every heuristic, with what a policy sees to choose from, on 16
  // episodes of what is trained on (`values`: the environment's settings), searches for the
  // weights of `tuned` (rule_search.h) where the environment has it and the heuristics are not all
  // alike, and takes the best by `metric` on fresh episodes. "tuned": the search alone, unless
  // tuned-weights are set. "auto": "best" where the training is long enough, else "none".
  // `seconds`: of the training, of which this takes a third at most, or some seconds; 0: not by
  // time. `steps`: likewise; 0: not by steps. `say` gets lines for people as it goes on. Throws
  // Interrupted.
  void choose(const EnvEntry& entry, const std::vector<EnvValue>& values, const std::string& metric,
              const Device& device, int64_t steps, double seconds,
              const std::function<void(const std::string&)>& say);
  // For a --dry-run, in the place of choose(): what that would do, "" where nothing. Leaves a
  // heuristic that takes as long to imitate as the best one would.
  std::string foretell(const EnvEntry& entry, const std::vector<EnvValue>& values, int64_t steps,
                       double seconds);
  // For the learner, after choose() or foretell().
  WarmStartConfig config(const EnvEntry& entry) const;

  std::string heuristic = "none";   // or "best", or a name
  std::string tuned_weights;        // that choose() found; empty: it did not search
  double spent_share = 0;           // of the training, before its first iteration
  std::vector<std::string> rivals;  // the best known heuristic that choose() played

 private:
  // "auto" becomes "best" or "none".
  void settle_auto(int64_t steps, double seconds);

  double share_ = WarmStartConfig{}.share;
  float anchor_ = WarmStartConfig{}.anchor;
  double anchor_share_ = WarmStartConfig{}.anchor_share;
};

// One line, e.g. "warm start: agrees with f1 on 99.3 % of its own states, after 14 iterations (4 %
// of the training)".
std::string warm_start_text(const WarmStartReport& report, const std::string& heuristic);
// {"heuristic", "agreement", "iterations", "share"}
nlohmann::json warm_start_json(const WarmStartReport& report, const std::string& heuristic);

}  // namespace cusched
