// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include "bench/peers/bare_actor_critic.h"

namespace cusched {

// A2C: the rollout's forward passes and sampling, then one step of RMSProp over all its rows.
class BareA2c final : public BareActorCritic {
 public:
  explicit BareA2c(const BareConfig& config)
      : BareActorCritic(config),
        rmsprop_(to_device(), torch::optim::RMSpropOptions(7e-4).alpha(0.99).eps(1e-5)) {}

  void iterate() override {
    rollout();
    const torch::Tensor all = log_probs(obs_, bias_);
    const torch::Tensor log_prob = all.gather(1, action_.unsqueeze(1)).squeeze(1);
    const torch::Tensor policy_loss = -(log_prob * advantage_).mean();
    const torch::Tensor value = critic_->forward(obs_).squeeze(1);
    const torch::Tensor value_loss = (value - returns_).square().mean();
    const torch::Tensor entropy = -(all.exp() * all).sum(1).mean();
    const torch::Tensor loss = policy_loss + 0.5 * value_loss - 0.01 * entropy;

    rmsprop_.zero_grad();
    loss.backward();
    clip_and_step(rmsprop_);
  }

 private:
  torch::optim::RMSprop rmsprop_;
};

}  // namespace cusched
