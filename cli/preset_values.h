// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "envs/registry.h"

namespace cusched {

// What a preset, with the objective it names, makes of an option that nobody sets.
struct PresetValue {
  std::string option;  // as a flag, without "--", e.g. "slots", "reward-wait-penalty"
  std::string value;
  std::string by;  // e.g. "preset short-waits", "objective wait"
};

// Settings and reward weights of the environment, the strongest last: those of the objective, then
// those of the preset, as `given` names them. Throws InputError for one that there is not.
std::vector<PresetValue> preset_values(const EnvEntry& entry, const std::vector<EnvValue>& given);

// Options of the learner, e.g. {"network", "pointer", "with --algo ppo"}, of a preset with an
// algorithm.
std::vector<PresetValue> preset_learner_values(const EnvEntry& entry, const std::string& preset,
                                               const std::string& algo);

// "wait_penalty" as a flag: "reward-wait-penalty".
std::string reward_flag(const std::string& term);

}  // namespace cusched
