// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

// What looks at the policy may take of a training; times in seconds.
namespace cusched {

// Parts of the training's time.
inline constexpr double kHeuristicsShare = 0.05;  // heuristics, played once, and the first look
inline constexpr double kLooksShare = 0.1;        // all looks

struct LookCosts {
  double training_s = 0;  // the whole training, known (--seconds) or guessed from what is done
  double spent_s = 0;     // on looks so far
  double look_s = 0;      // of one more, known or guessed
};

// Before the start there is only what is cheap: `spent_s` on heuristics and the look together.
bool affords_first_look(const LookCosts& costs);
// With `done` of the training, 0..1: before its middle, looks have half of their time.
bool affords_look(const LookCosts& costs, double done);
// The last policy, whatever was spent: its look alone is no longer than all may take.
bool affords_last_look(const LookCosts& costs);

// Indices of `names` in the order in which they are played where time is short: what everybody
// knows and costs little first, the others as they are named.
std::vector<int> heuristics_by_fame(const std::vector<std::string>& names);

}  // namespace cusched
