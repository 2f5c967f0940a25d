// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "envs/env.h"
#include "envs/option_values.h"

namespace cusched {

// Settings of an environment to start from, by name (option `preset`).
struct Preset {
  const char* name;
  std::vector<EnvValue> values;
  std::vector<std::pair<const char*, float>> rewards;  // weights that differ from the defaults
};

std::vector<std::string> preset_names(const std::vector<Preset>& presets);

// Sets the values of the preset that is given, or of "default", and then those given. Returns the
// preset; throws InputError for an unknown one.
const Preset& set_with_preset(OptionValues& options, const std::vector<Preset>& presets,
                              const std::vector<EnvValue>& given);

}  // namespace cusched
