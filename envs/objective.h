// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "envs/env.h"

namespace cusched {

struct EnvEntry;

// What people want of a policy, by name (option `objective`): sets reward weights, settings of the
// environment, discount and the metric by which a policy is chosen, together.
struct Objective {
  std::string name;     // e.g. "wait"
  std::string meaning;  // one line, with the formula
  std::string metric;   // by which policies are chosen and tables are sorted, e.g. "wait_mean_s"
  // Every term that is not named weighs 0.
  std::vector<std::pair<std::string, float>> rewards;
  std::vector<EnvValue> values;  // settings of the environment, e.g. idle: false
  // Settings of the learner, e.g. {"gamma", "0.999"}; stronger than its defaults, weaker than what
  // a preset or the user says.
  std::vector<std::pair<std::string, std::string>> learner;
};

std::vector<std::string> objective_names(const std::vector<Objective>& objectives);

// The objective in force under `values` (EnvSettings::values()): the one they name, else that of
// the preset in force. Throws InputError for an unknown preset or objective.
const Objective& objective_of(const EnvEntry& entry, const std::vector<EnvValue>& values);

}  // namespace cusched
