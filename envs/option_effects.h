// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "envs/option_values.h"

namespace cusched {

// Whether an option does anything under the other settings.
struct OptionEffect {
  const char* option;
  bool has_effect;
  const char* why_not;     // e.g. "a trace brings its own load"
  const char* suggestion;  // beside leaving it out; may be empty
};

// E.g. "has no effect: a trace brings its own load".
std::string no_effect(const OptionEffect& effect);
std::string leave_it_out(const OptionEffect& effect);

// Refuses an option without effect that the user gave; of one that a policy was trained with, a
// note tells.
void check_effects(const OptionValues& values, const std::vector<OptionEffect>& effects,
                   std::vector<std::string>* notes);

}  // namespace cusched
