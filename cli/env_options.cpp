// SPDX-License-Identifier: MIT
#include "cli/env_options.h"

#include <algorithm>

#include "cli/early_words.h"
#include "cuda/error.h"
#include "envs/option_values.h"

namespace cusched {

void EnvSettings::declare(OptionTable& table, const EnvEntry& entry) {
  entry_ = &entry;
  table.start_group("Environment " + entry.name);
  for (const EnvOption& option : entry.options) {
    std::string& text = texts_.emplace_back(option.default_value);
    std::string flag = option.name;
    for (char& c : flag)
      if (c == '_') c = '-';
    Option& added = table.add(flag, &text, option.help).optional().in_units();
    if (option.is_list) added.joined();
    if (option.is_file) added.input();
    if (option.name == "preset") added.choices(preset_names(entry.presets));
    if (option.name == "objective") added.choices(objective_names(entry.objectives));
    names_.emplace_back(&added, option.name);
  }
}

void EnvSettings::take(const std::vector<Setting>& settings) {
  for (const Setting& setting : settings) {
    for (const auto& [option, name] : names_) {
      if (option != setting.option) continue;
      std::string value;
      for (size_t i = 0; i < setting.words.size(); ++i)
        value += (i > 0 ? "," : "") + setting.words[i];
      given_.push_back({name, in_plain_units(name, value), setting.where});
    }
  }
}

void EnvSettings::prefer(const std::string& name, const std::string& value,
                         const std::string& where) {
  preferred_.push_back({name, value, where, /*trained=*/true});
}

bool EnvSettings::was_given(const std::string& name) const {
  return std::any_of(given_.begin(), given_.end(),
                     [&](const EnvValue& v) { return v.name == name; });
}

std::string EnvSettings::name_of(const std::string& flag) const {
  for (const auto& [option, name] : names_)
    if (option->name() == flag) return name;
  return "";
}

std::vector<EnvValue> EnvSettings::values() const {
  std::vector<EnvValue> all = preferred_;
  all.insert(all.end(), given_.begin(), given_.end());
  return all;
}

std::string EnvSettings::text(const std::string& name) const {
  std::string value;
  for (const EnvOption& option : entry_->options)
    if (option.name == name) value = option.default_value;
  for (const EnvValue& set : values())
    if (set.name == name) value = set.value;
  return value;
}

const EnvEntry& environment_of(const std::vector<std::string>& words) {
  const std::string name = early_word(words, "env");
  if (!name.empty()) return find_environment(name);
  const auto all = all_environments();
  CUSCHED_CHECK(!all.empty(), "this build has no environment");
  return *all.front();
}

}  // namespace cusched
