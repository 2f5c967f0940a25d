// SPDX-License-Identifier: MIT
#include "envs/option_effects.h"

namespace cusched {

std::string no_effect(const OptionEffect& effect) {
  return std::string("has no effect: ") + effect.why_not;
}

std::string leave_it_out(const OptionEffect& effect) {
  const std::string other = effect.suggestion;
  return "Leave it out" + (other.empty() ? "" : ", or " + other);
}

void check_effects(const OptionValues& values, const std::vector<OptionEffect>& effects,
                   std::vector<std::string>* notes) {
  for (const OptionEffect& effect : effects) {
    const std::string name = effect.option;
    if (effect.has_effect || !values.changed(name)) continue;
    const std::string problem = name + " " + values.text(name) + " " + no_effect(effect);
    if (!values.trained(name)) throw values.error(name, problem, leave_it_out(effect));
    notes->push_back(values.where(name) + ": " + problem);
  }
}

}  // namespace cusched
