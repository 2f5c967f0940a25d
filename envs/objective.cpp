// SPDX-License-Identifier: MIT
#include "envs/objective.h"

#include "envs/registry.h"

namespace cusched {

std::vector<std::string> objective_names(const std::vector<Objective>& objectives) {
  std::vector<std::string> names;
  for (const Objective& objective : objectives) names.push_back(objective.name);
  return names;
}

const Objective& objective_of(const EnvEntry& entry, const std::vector<EnvValue>& values) {
  return objective_among(entry.objectives, preset_among(entry.presets, values), values);
}

}  // namespace cusched
