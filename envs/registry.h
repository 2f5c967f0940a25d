// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "envs/about.h"
#include "envs/batch.h"
#include "envs/env.h"
#include "envs/objective.h"
#include "envs/preset.h"

namespace cusched {

// One environment as agents/ and cli/ find it.
struct EnvEntry {
  std::string name;                // e.g. "admission"
  int version = 0;                 // of observation and dynamics; written into policies
  int plays_since = 0;             // the first version whose policies can be played
  std::vector<EnvOption> options;  // settings with defaults; the same for every member
  std::vector<Preset> presets;     // values of the option "preset"
  std::vector<std::string> reward_terms;
  std::vector<float> reward_defaults;  // weight of each term under the default objective
  std::vector<std::string> heuristics;
  std::vector<std::string> metrics;   // of an evaluation
  std::vector<std::string> stats;     // of training
  std::vector<Objective> objectives;  // values of the option "objective"; the first is the default

  // Makes a batch. `values` set options (later ones win); every setting is validated here
  // (InputError names where it stands). options.device chooses the back end.
  std::unique_ptr<Batch> (*create)(const std::vector<EnvValue>& values,
                                   const BatchOptions& options) = nullptr;

  std::vector<About> reward_about, heuristic_about;  // one for each of the above, in order
  std::vector<std::string> score_rules;              // those heuristics that score each candidate

  // The heuristics whose numbers come from no search (About::learned): "all baselines".
  std::vector<std::string> rules() const {
    std::vector<std::string> names;
    for (size_t h = 0; h < heuristics.size(); ++h)
      if (!heuristic_about[h].learned) names.push_back(heuristics[h]);
    return names;
  }
};

// All environments of this build, by name (generated).
std::vector<const EnvEntry*> all_environments();

// Throws InputError, naming the environments there are, when there is none of this name.
const EnvEntry& find_environment(std::string_view name);

}  // namespace cusched

#define CUSCHED_DECLARE_ENV(name) const EnvEntry& name##_entry();
