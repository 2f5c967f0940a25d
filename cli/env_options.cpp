// SPDX-License-Identifier: MIT
#include "cli/env_options.h"

#include <algorithm>

#include "cli/early_words.h"
#include "cli/preset_values.h"
#include "cuda/error.h"
#include "envs/option_values.h"

namespace cusched {
namespace {

// An environment's settings are texts; --help tells what they hold by default and by unit.
std::string type_of(const EnvOption& option) {
  const std::string &name = option.name, &value = option.default_value;
  int64_t whole = 0;
  double real = 0;
  if (option.is_file) return value.empty() ? "FILE" : "TEXT|FILE";
  if (name.ends_with("-s") || name.ends_with("_s")) return "TIME";
  if (name.ends_with("-mib")) return "SIZE";
  if (value == "true" || value == "false") return "BOOL";
  if (parse_whole(value, &whole)) return "INT";
  return parse_real(value, &real) ? "REAL" : "TEXT";
}

}  // namespace

void EnvSettings::declare(OptionTable& table, const EnvEntry& entry) {
  entry_ = &entry;
  table_ = &table;
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
    // The environment itself refuses other words, and says where they stand.
    added.type(option.words.empty() || option.is_list ? type_of(option)
                                                      : "{" + join_words(option.words, "|") + "}");
    added.suggests(option.words);
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
  show_preset();
}

void EnvSettings::show_preset() const {
  // A name that there is not is refused where it is read.
  for (const auto& [option, name] : names_) {
    const std::vector<std::string>& known = option->choices();
    if ((name == "preset" || name == "objective") && !text(name).empty() &&
        std::find(known.begin(), known.end(), text(name)) == known.end())
      return;
  }
  for (const PresetValue& value : preset_values(*entry_, values()))
    if (const Option* option = table_->find(value.option)) option->show(value.value, value.by);
  for (const EnvValue& value : preferred_)
    for (const auto& [option, name] : names_)
      if (name == value.name) option->show(value.value, value.where);
}

void EnvSettings::prefer(const std::string& name, const std::string& value,
                         const std::string& where) {
  preferred_.push_back({name, value, where, /*trained=*/true});
  show_preset();
}

void EnvSettings::set(const std::string& name, const std::string& value, const std::string& where) {
  given_.push_back({name, value, where});
  for (const auto& [option, its_name] : names_)
    if (its_name == name) option->set({value}, where);
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
