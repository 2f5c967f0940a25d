// SPDX-License-Identifier: MIT
#include "cli/preset_values.h"

#include <algorithm>

#include "cli/train_setup.h"
#include "cli/words.h"

namespace cusched {
namespace {

std::string flag_of(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

}  // namespace

std::string reward_flag(const std::string& term) { return "reward-" + flag_of(term); }

std::vector<PresetValue> preset_values(const EnvEntry& entry, const std::vector<EnvValue>& given) {
  const Preset& chosen = preset_among(entry.presets, given);
  const Objective& wanted = objective_among(entry.objectives, chosen, given);
  const std::string by_preset = "preset " + chosen.name;
  std::vector<PresetValue> values = {{"objective", wanted.name, by_preset}};
  const std::string by = "objective " + wanted.name;
  for (const EnvValue& value : wanted.values)
    values.push_back({flag_of(value.name), value.value, by});
  for (const std::string& term : entry.reward_terms) {
    float weight = 0.0f;
    for (const auto& [of, given_weight] : wanted.rewards)
      if (of == term) weight = given_weight;
    values.push_back({reward_flag(term), number_text(weight), by});
  }
  for (const EnvValue& value : chosen.values)
    values.push_back({flag_of(value.name), value.value, by_preset});
  return values;
}

std::vector<PresetValue> preset_learner_values(const EnvEntry& entry, const std::string& preset,
                                               const std::string& algo) {
  std::vector<PresetValue> values;
  for (const PresetLearner& each : preset_learners())
    if (entry.name == each.env && preset == each.preset && algo == each.algo)
      for (const auto& [name, value] : each.values)
        values.push_back({name, value,
                          *each.network == '\0'
                              ? "with --algo " + algo
                              : "with --algo " + algo + " and --network " + each.network});
  return values;
}

}  // namespace cusched
