// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agents/config_field.h"
#include "agents/warm_start_config.h"

namespace cusched {

// What all algorithms share. An algorithm's configuration is a struct on top of this one that adds
// its own and may have other defaults. Lists hold one value for all members, or one per member (P
// values).
struct LearnerConfig {
  int rollout_steps = 128;                     // T, environment steps per environment and iteration
  std::vector<float> learning_rate = {3e-4f};  // of the optimiser
  // "constant", or "linear" to 0 over total_steps; without those, by set_done_share.
  std::string schedule = "linear";
  std::vector<float> gamma = {0.99f};         // per step, or per tick of elapsed time
  std::string discount = "step";              // "step" or "time": gamma^(elapsed_s / tick_s)
  std::vector<float> max_grad_norm = {0.5f};  // global norm per member; 0: no clip
  // "adam" (Kingma and Ba 2015) or "rmsprop" (Hinton 2012), both with epsilon outside the root, or
  // "rmsprop-tf": epsilon inside the root and squares that start at 1, as TensorFlow has it.
  std::string optimiser = "adam";
  float optimiser_eps = 1e-5f;
  float rmsprop_alpha = 0.99f;  // what the running square keeps in a step
  bool normalise_obs = true;    // running mean and variance, frozen within an iteration
  bool scale_reward = true;     // divides by the running deviation of the discounted return
  // false: the policy does not see masks; an action that they forbid waits, as none does.
  bool action_mask = true;
  int64_t total_steps = 0;  // environment steps per member, for schedules; 0: unknown
  WarmStartConfig warm;     // what comes before the algorithm; off by default
  bool cuda_graphs = true;  // CUDA: replay captured graphs; false: launch one by one
};

// The options of `config`. total_steps, warm and cuda_graphs are none: the caller knows them.
std::vector<ConfigField> shared_fields(LearnerConfig& config);

}  // namespace cusched
