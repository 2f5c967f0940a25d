// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "agents/learner_config.h"
#include "agents/trainer.h"
#include "envs/batch.h"

namespace cusched {

// PPO (Schulman et al. 2017). Lists hold one value for all members, or one per member (P values).
struct PpoConfig : LearnerConfig {
  int epochs = 4;                        // passes over the rollout
  int64_t minibatch = 16384;             // samples per member and gradient step
  std::vector<float> lambda = {0.95f};   // GAE
  std::vector<float> clip = {0.2f};      // ratio clip
  bool clip_value = false;               // PPO2's clipped value loss
  std::vector<float> entropy = {0.01f};  // entropy coefficient
  std::vector<float> value_coef = {0.5f};
  std::vector<float> target_kl = {0.0f};  // stops a member's epochs above 1.5 x this; 0: never
  bool normalise_advantage = true;        // per minibatch
};

// `seed` and `member_offset` (logical id of member 0) key all random draws of the learner.
std::unique_ptr<Trainer> make_ppo(Batch& batch, const Exec& exec, const NetworkConfig& network,
                                  const PpoConfig& config, uint64_t seed, int member_offset = 0);

}  // namespace cusched
