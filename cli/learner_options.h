// SPDX-License-Identifier: MIT
#pragma once

#include "agents/trainer.h"
#include "cli/options.h"

namespace cusched {

// The options of a network and of PPO, bound to the two configurations.
void add_learner_options(OptionTable& table, NetworkConfig* network, PpoConfig* ppo);

// Checks what one option alone cannot: lists hold one value or one per member. Throws InputError
// naming the option.
void check_learner_options(const NetworkConfig& network, const PpoConfig& ppo, int members);

}  // namespace cusched
