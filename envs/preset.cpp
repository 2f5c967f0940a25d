// SPDX-License-Identifier: MIT
#include "envs/preset.h"

namespace cusched {

std::vector<std::string> preset_names(const std::vector<Preset>& presets) {
  std::vector<std::string> names;
  for (const Preset& preset : presets) names.push_back(preset.name);
  return names;
}

const Preset& set_with_preset(OptionValues& options, const std::vector<Preset>& presets,
                              const std::vector<EnvValue>& given) {
  std::string name = "default", where = "preset", known;
  for (const EnvValue& value : given)
    if (value.name == "preset") name = value.value, where = value.where;
  for (const Preset& preset : presets) {
    if (name != preset.name) {
      known += (known.empty() ? "" : ", ") + std::string(preset.name);
      continue;
    }
    for (const EnvValue& value : preset.values) options.set(value, false);
    for (const EnvValue& value : given) options.set(value, true);
    return preset;
  }
  throw InputError(where, "there is no preset \"" + name + "\"", "Choose one of: " + known);
}

}  // namespace cusched
