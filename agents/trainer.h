// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agents/policy.h"
#include "cuda/device.h"
#include "envs/batch.h"

namespace cusched {

// PPO (Schulman et al. 2017). Lists hold one value for all members, or one per member (P values).
struct PpoConfig {
  int rollout_steps = 128;                     // T, environment steps per environment and iteration
  int epochs = 4;                              // passes over the rollout
  int64_t minibatch = 16384;                   // samples per member and gradient step
  std::vector<float> learning_rate = {3e-4f};  // Adam
  // "constant", or "linear" to 0 over total_steps; without those, by set_done_share.
  std::string schedule = "linear";
  std::vector<float> gamma = {0.99f};    // per step, or per tick of elapsed time
  std::string discount = "step";         // "step" or "time": gamma^(elapsed_s / tick_s)
  std::vector<float> lambda = {0.95f};   // GAE
  std::vector<float> clip = {0.2f};      // ratio clip
  bool clip_value = false;               // PPO2's clipped value loss
  std::vector<float> entropy = {0.01f};  // entropy coefficient
  std::vector<float> value_coef = {0.5f};
  std::vector<float> max_grad_norm = {0.5f};  // global norm per member
  std::vector<float> target_kl = {0.0f};      // stops a member's epochs above 1.5 x this; 0: never
  float adam_eps = 1e-5f;
  bool normalise_obs = true;        // running mean and variance, frozen within an iteration
  bool scale_reward = true;         // divides by the running deviation of the discounted return
  bool normalise_advantage = true;  // per minibatch
  int64_t total_steps = 0;          // environment steps per member, for schedules; 0: unknown
  bool cuda_graphs = true;          // CUDA: replay captured graphs; false: launch one by one
};

// Statistics of the latest finished iteration, per member, e.g. "policy_loss", "approx_kl",
// "entropy", "explained_variance", "clip_fraction", "learning_rate", "reward_mean".
struct TrainStats {
  std::vector<std::string> names;
  std::vector<float> values;  // (P, names)
};

// A population of P members that learn on one Batch. P = 1 is the same code.
class Trainer {
 public:
  virtual ~Trainer() = default;

  // One iteration: rollout, advantages, epochs. On CUDA it only replays graphs: no synchronisation,
  // no device-to-host copy.
  virtual void iterate() = 0;
  // Share of the training that lies behind, 0 to 1, by the clock: what a linear schedule without a
  // number of steps follows. Asynchronous.
  virtual void set_done_share(double) {}
  virtual int64_t iterations() const = 0;
  virtual int64_t steps_per_iteration() const = 0;  // environment steps, all members together

  // Synchronises; call it every so often, not every iteration.
  virtual TrainStats stats() = 0;

  // Everything a bit-equal resume needs, environments included. Synchronise.
  virtual std::vector<uint8_t> save() = 0;
  virtual void load(const std::vector<uint8_t>& bytes) = 0;

  virtual PolicyWeights policy(int member) = 0;
};

// `seed` and `member_offset` (logical id of member 0) key all random draws of the learner.
std::unique_ptr<Trainer> make_ppo(Batch& batch, const Exec& exec, const NetworkConfig& network,
                                  const PpoConfig& config, uint64_t seed, int member_offset = 0);

}  // namespace cusched
