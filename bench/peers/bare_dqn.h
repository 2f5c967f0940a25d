// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "bench/peers/bare_config.h"

namespace cusched {

// DQN's iteration on stored random data: forward pass and epsilon-greedy choice of a rollout, then
// gradient steps on minibatches drawn from the stored transitions, each observation stored once.
class BareDqn final : public BareLoop {
 public:
  explicit BareDqn(const BareConfig& config)
      : config_(config),
        device_(config.device),
        online_(make_network(config, config.actions)),
        target_(make_network(config, config.actions)),
        adam_(to_device(), torch::optim::AdamOptions(1e-3).eps(1e-5)) {
    torch::NoGradGuard no_grad;
    const auto options = torch::TensorOptions().device(device_);
    const int64_t n = config_.replay, rows = n + config_.rollout_rows;
    obs_ = torch::randn({rows, config_.obs}, options);
    bias_ = -3.4e38 * (torch::rand({rows, config_.actions}, options) < 0.5).to(torch::kFloat32);
    bias_.select(1, config_.actions - 1).fill_(0.0);  // "none" is always allowed
    action_ = torch::randint(config_.actions, {n}, options.dtype(torch::kInt64));
    reward_ = torch::randn({n}, options);
    discount_ = 0.99 * (torch::rand({n}, options) > 0.01).to(torch::kFloat32);
  }

  void iterate() override {
    rollout();
    for (int64_t i = 0; i < config_.gradient_steps; ++i) update();
  }

 private:
  std::vector<torch::Tensor> to_device() {
    online_->to(device_);
    target_->to(device_);
    return online_->parameters();
  }

  // Greedy actions, and with probability 0.1 any allowed one.
  void rollout() {
    torch::NoGradGuard no_grad;
    for (int64_t row = 0; row < config_.samples; row += config_.rollout_rows) {
      const int64_t first = (at_ + row) % config_.replay;
      const int64_t end = std::min(first + config_.rollout_rows, config_.replay);
      const torch::Tensor bias = bias_.slice(0, first, end);
      const torch::Tensor best = (online_->forward(obs_.slice(0, first, end)) + bias).argmax(1);
      const torch::Tensor any = (torch::rand_like(bias) + bias).argmax(1);
      const torch::Tensor explore = torch::rand({end - first}, bias.options()) < 0.1;
      action_.slice(0, first, end).copy_(torch::where(explore, any, best));
    }
    at_ = (at_ + config_.samples) % config_.replay;
  }

  void update() {
    const torch::Tensor rows =
        torch::randint(config_.replay, {config_.minibatch},
                       torch::TensorOptions().dtype(torch::kInt64).device(device_));
    torch::Tensor goal;
    {
      torch::NoGradGuard no_grad;
      const torch::Tensor next = rows + config_.rollout_rows;  // the same environment's next step
      const torch::Tensor next_obs = obs_.index_select(0, next);
      const torch::Tensor next_bias = bias_.index_select(0, next);
      const torch::Tensor best = (online_->forward(next_obs) + next_bias).argmax(1, true);
      const torch::Tensor value = target_->forward(next_obs).gather(1, best).squeeze(1);
      goal = reward_.index_select(0, rows) + discount_.index_select(0, rows) * value;
    }
    const torch::Tensor q = online_->forward(obs_.index_select(0, rows))
                                .gather(1, action_.index_select(0, rows).unsqueeze(1))
                                .squeeze(1);
    const torch::Tensor loss = torch::smooth_l1_loss(q, goal);
    adam_.zero_grad();
    loss.backward();
    torch::nn::utils::clip_grad_norm_(online_->parameters(), 10.0);
    adam_.step();
    if (++updates_ % config_.target_update != 0) return;
    torch::NoGradGuard no_grad;
    const std::vector<torch::Tensor> from = online_->parameters(), to = target_->parameters();
    for (size_t i = 0; i < from.size(); ++i) to[i].copy_(from[i]);
  }

  BareConfig config_;
  torch::Device device_;
  torch::nn::Sequential online_, target_;
  torch::optim::Adam adam_;
  torch::Tensor obs_, bias_, action_, reward_, discount_;
  int64_t at_ = 0, updates_ = 0;
};

}  // namespace cusched
