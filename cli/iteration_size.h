// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "cli/options.h"

namespace cusched {

// Iterations that a training of --steps has, about, where the user leaves their size open.
inline constexpr int64_t kLeastIterations = 10;
// The least steps of an environment in an iteration, and the fewest environments, that --steps
// shrinks them to.
inline constexpr int kLeastRollout = 8, kLeastEnvs = 8;

// Makes iterations of envs x rollout steps (of a member) small enough that kLeastIterations of them
// fit in `steps`: fewer environments first, then a shorter rollout, of those that nothing but a
// preset or a default has set. Larger ones than that stay where the user wants them, or where they
// are as small as they get. Returns a note on what changed or on how many steps will run; "" where
// the iterations were small enough. `steps` 0: no limit.
std::string fit_iteration(const OptionTable& table, int64_t steps);

}  // namespace cusched
