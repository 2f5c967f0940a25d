// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "agents/learner_config.h"
#include "agents/trainer.h"
#include "envs/batch.h"

namespace cusched {

// Deep Q-learning (Mnih et al. 2015). An iteration is rollout_steps (the train frequency) of every
// environment, then gradient_steps minibatches from the replay.
struct DqnConfig : LearnerConfig {
  DqnConfig();
  int64_t replay_size = 0;   // transitions per member; 0: a million, or what fits in the memory
  int64_t minibatch = 2048;  // samples per member and gradient step
  // Of an iteration; 0: as many as draw one sample for each environment step, at least one.
  int64_t gradient_steps = 0;
  int64_t learning_starts = 0;  // environment steps per member with random actions before any
  int n_step = 5;               // rewards of a return
  bool double_q = true;         // the online network chooses what the target network values
  bool dueling = false;         // Q = V + A - mean of A over allowed actions
  bool prioritised = false;     // replay by TD error
  std::vector<float> epsilon_start = {1.0f};
  std::vector<float> epsilon_end = {0.05f};
  std::vector<float> epsilon_fraction = {0.2f};  // of the training, until the end is reached
  std::vector<float> huber = {1.0f};             // threshold of Huber's loss; 0: squares
  int64_t target_update = 1;                     // gradient steps between two target updates
  std::vector<float> tau = {0.02f};              // share of the online weights in one; 1: a copy
  std::vector<float> priority_alpha = {0.6f};
  std::vector<float> priority_beta = {0.4f};  // at the start; 1 at the end of the training
};

// `seed` and `member_offset` (logical id of member 0) key all random draws of the learner.
std::unique_ptr<Trainer> make_dqn(Batch& batch, const Exec& exec, const NetworkConfig& network,
                                  const DqnConfig& config, uint64_t seed, int member_offset = 0);

}  // namespace cusched
