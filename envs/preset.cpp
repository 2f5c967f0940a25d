// SPDX-License-Identifier: MIT
#include "envs/preset.h"

namespace cusched {
namespace {

// The last value of `option` that is given, else `otherwise`; `where` becomes its place.
std::string given_name(const std::vector<EnvValue>& given, const std::string& option,
                       const std::string& otherwise, std::string* where) {
  std::string name = otherwise;
  *where = option;
  for (const EnvValue& value : given)
    if (value.name == option) name = value.value, *where = value.where;
  return name;
}

template <class Named>
const Named& find_named(const std::vector<Named>& all, const std::string& what,
                        const std::string& name, const std::string& where) {
  std::string known;
  for (const Named& each : all) {
    if (each.name == name) return each;
    known += (known.empty() ? "" : ", ") + each.name;
  }
  throw InputError(where, "there is no " + what + " \"" + name + "\"", "Choose one of: " + known);
}

}  // namespace

std::vector<std::string> preset_names(const std::vector<Preset>& presets) {
  std::vector<std::string> names;
  for (const Preset& preset : presets) names.push_back(preset.name);
  return names;
}

const Preset& preset_among(const std::vector<Preset>& presets, const std::vector<EnvValue>& given) {
  std::string where;
  const std::string name = given_name(given, "preset", "default", &where);
  return find_named(presets, "preset", name, where);
}

const Objective& objective_among(const std::vector<Objective>& objectives, const Preset& preset,
                                 const std::vector<EnvValue>& given) {
  std::string where;
  const std::string name = given_name(given, "objective", preset.objective, &where);
  return find_named(objectives, "objective", name, where);
}

const Objective& set_with_preset(OptionValues& options, const std::vector<Preset>& presets,
                                 const std::vector<Objective>& objectives,
                                 const std::vector<EnvValue>& given) {
  const Preset& preset = preset_among(presets, given);
  const Objective& objective = objective_among(objectives, preset, given);
  options.set({"objective", objective.name, ""}, false);
  for (const EnvValue& value : objective.values) options.set(value, false);
  for (const EnvValue& value : preset.values) options.set(value, false);
  for (const EnvValue& value : given) options.set(value, true);
  return objective;
}

}  // namespace cusched
