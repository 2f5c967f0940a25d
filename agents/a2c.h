// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "agents/learner_config.h"
#include "agents/trainer.h"
#include "envs/batch.h"

namespace cusched {

// Synchronous advantage actor-critic (Mnih et al. 2016): one gradient step over each rollout, with
// advantages from all its steps to the rollout's end. Lists hold one value for all members, or one
// per member (P values).
struct A2cConfig : LearnerConfig {
  A2cConfig() {
    rollout_steps = 16;
    learning_rate = {1e-3f};
  }
  std::vector<float> lambda = {1.0f};    // of the advantages; 1: exact n-step returns
  std::vector<float> entropy = {0.01f};  // entropy coefficient
  std::vector<float> value_coef = {0.5f};
  bool normalise_advantage = false;  // over the rollout
};

// `seed` and `member_offset` (logical id of member 0) key all random draws of the learner.
std::unique_ptr<Trainer> make_a2c(Batch& batch, const Exec& exec, const NetworkConfig& network,
                                  const A2cConfig& config, uint64_t seed, int member_offset = 0);

}  // namespace cusched
