// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "envs/admission_state.h"
#include "envs/option_values.h"

// Rules that settings of `admission` name.
namespace cusched::admission {

// The word of score-rules for EASY's backfill window.
inline constexpr const char* kBackfillWord = "easy";

// Params::score_rule from the option score-rules.
void set_score_rules(const OptionValues& v, Params* params);

// Caps::window and Params::window_rule from the option window.
void set_window(const OptionValues& v, Caps* caps, Params* params);

// "head", "split" or the heuristic's name.
std::string window_name(const Caps& caps, const Params& params);

// Name of a rule's number in the observation, e.g. "behind_smallest_first", and what it is.
std::string rule_field(int rule);
std::string rule_text(int rule);

// Whether the running jobs have to be kept in order of their expected ends (Caps::ready).
bool needs_ready_order(const Params& params);

}  // namespace cusched::admission
