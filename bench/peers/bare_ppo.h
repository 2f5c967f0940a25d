// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include "bench/peers/bare_actor_critic.h"

namespace cusched {

// PPO: forward, loss, backward, clip and Adam over shuffled minibatches.
class BarePpo final : public BareActorCritic {
 public:
  explicit BarePpo(const BareConfig& config)
      : BareActorCritic(config), adam_(to_device(), torch::optim::AdamOptions(3e-4).eps(1e-5)) {
    rollout();
  }

  // One iteration: epochs over shuffled minibatches.
  void iterate() override {
    if (config_.rollout) rollout();
    for (int epoch = 0; epoch < config_.epochs; ++epoch) {
      const torch::Tensor order = torch::randperm(
          config_.samples, torch::TensorOptions().dtype(torch::kInt64).device(device_));
      for (const torch::Tensor& rows : order.split(config_.minibatch)) update(rows);
    }
  }

 private:
  void update(const torch::Tensor& rows) {
    const torch::Tensor obs = obs_.index_select(0, rows);
    const torch::Tensor all = log_probs(obs, bias_.index_select(0, rows));
    const torch::Tensor action = action_.index_select(0, rows);
    const torch::Tensor log_prob = all.gather(1, action.unsqueeze(1)).squeeze(1);
    torch::Tensor advantage = advantage_.index_select(0, rows);
    advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8);

    const torch::Tensor ratio = (log_prob - log_prob_.index_select(0, rows)).exp();
    const torch::Tensor policy_loss =
        -torch::min(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage).mean();
    const torch::Tensor value = critic_->forward(obs).squeeze(1);
    const torch::Tensor value_loss = (value - returns_.index_select(0, rows)).square().mean();
    const torch::Tensor entropy = -(all.exp() * all).sum(1).mean();
    const torch::Tensor loss = policy_loss + 0.5 * value_loss - 0.01 * entropy;

    adam_.zero_grad();
    loss.backward();
    clip_and_step(adam_);
  }

  torch::optim::Adam adam_;
};

}  // namespace cusched
