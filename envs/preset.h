// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "envs/env.h"
#include "envs/objective.h"
#include "envs/option_values.h"

namespace cusched {

// Settings of an environment to start from, by name (option `preset`).
struct Preset {
  std::string name;
  std::string meaning;    // one line, with its source where it is somebody else's protocol
  std::string objective;  // what it wants of a policy, where `objective` is not given
  std::vector<EnvValue> values;
};

std::vector<std::string> preset_names(const std::vector<Preset>& presets);

// The preset that is given, or "default". Throws InputError for an unknown one.
const Preset& preset_among(const std::vector<Preset>& presets, const std::vector<EnvValue>& given);
// The objective that is given, or that of the preset. Throws InputError for an unknown one.
const Objective& objective_among(const std::vector<Objective>& objectives, const Preset& preset,
                                 const std::vector<EnvValue>& given);

// Sets the values of the objective, of the preset and those given, each stronger than the ones
// before. Returns the objective; throws InputError for an unknown one, or an unknown preset.
const Objective& set_with_preset(OptionValues& options, const std::vector<Preset>& presets,
                                 const std::vector<Objective>& objectives,
                                 const std::vector<EnvValue>& given);

}  // namespace cusched
