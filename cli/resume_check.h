// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agents/checkpoint.h"
#include "cli/train_setup.h"

namespace cusched {

// Compares the options of a resumed training, those of the environment aside
// (CheckpointMeta::inputs has them), with the ones it was trained with. Throws InputError naming
// options and values where the learner's state would be another; returns notes on others that
// changed.
std::vector<std::string> check_resumed_options(const TrainSetup& setup, const OptionTable& table,
                                               const CheckpointMeta& found,
                                               const std::string& out_dir);

// Throws InputError, saying what would train more, where the run has all its steps (of a member; 0:
// no limit) or seconds (0: no limit) already.
void check_something_left(const CheckpointMeta& found, int64_t steps, double seconds);

}  // namespace cusched
