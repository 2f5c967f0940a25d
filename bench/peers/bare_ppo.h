// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <vector>

#include "bench/peers/bare_config.h"

namespace cusched {

// Stored data: N rows of everything a PPO update reads.
struct Samples {
  torch::Tensor obs;        // (N, D)
  torch::Tensor bias;       // (N, A): 0 where the action is allowed, else -3.4e38
  torch::Tensor action;     // (N) int64
  torch::Tensor log_prob;   // (N)
  torch::Tensor advantage;  // (N)
  torch::Tensor returns;    // (N)
};

// PPO: forward, loss, backward, clip and Adam over shuffled minibatches.
class BarePpo final : public BareLoop {
 public:
  explicit BarePpo(const BareConfig& config)
      : config_(config),
        device_(config.device),
        actor_(make_network(config, config.actions)),
        critic_(make_network(config, 1)),
        adam_(to_device(), torch::optim::AdamOptions(3e-4).eps(1e-5)) {
    torch::NoGradGuard no_grad;
    const auto options = torch::TensorOptions().device(device_);
    const int64_t n = config_.samples;
    data_.obs = torch::randn({n, config_.obs}, options);
    // Masking by an addition: cheaper in LibTorch than masked_fill, so the higher bar.
    data_.bias = -3.4e38 * (torch::rand({n, config_.actions}, options) < 0.5).to(torch::kFloat32);
    data_.bias.select(1, config_.actions - 1).fill_(0.0);  // "none" is always allowed
    data_.action = torch::empty({n}, options.dtype(torch::kInt64));
    data_.log_prob = torch::empty({n}, options);
    data_.advantage = torch::randn({n}, options);
    data_.returns = torch::randn({n}, options);
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
  std::vector<torch::Tensor> to_device() {
    actor_->to(device_);
    critic_->to(device_);
    std::vector<torch::Tensor> parameters = actor_->parameters();
    for (const auto& parameter : critic_->parameters()) parameters.push_back(parameter);
    return parameters;
  }

  torch::Tensor log_probs(const torch::Tensor& obs, const torch::Tensor& bias) {
    return torch::log_softmax(actor_->forward(obs) + bias, 1);
  }

  // What the policy does to fill the rows: action, its log-probability and a value, which has to be
  // computed even though the stored returns stay what they are.
  void rollout() {
    torch::NoGradGuard no_grad;
    for (int64_t row = 0; row < config_.samples; row += config_.rollout_rows) {
      const int64_t end = std::min(row + config_.rollout_rows, config_.samples);
      const torch::Tensor obs = data_.obs.slice(0, row, end);
      const torch::Tensor all = log_probs(obs, data_.bias.slice(0, row, end));
      const torch::Tensor action = torch::multinomial(all.exp(), 1);
      data_.action.slice(0, row, end).copy_(action.squeeze(1));
      data_.log_prob.slice(0, row, end).copy_(all.gather(1, action).squeeze(1));
      critic_->forward(obs);
    }
  }

  void update(const torch::Tensor& rows) {
    const torch::Tensor obs = data_.obs.index_select(0, rows);
    const torch::Tensor all = log_probs(obs, data_.bias.index_select(0, rows));
    const torch::Tensor action = data_.action.index_select(0, rows);
    const torch::Tensor log_prob = all.gather(1, action.unsqueeze(1)).squeeze(1);
    torch::Tensor advantage = data_.advantage.index_select(0, rows);
    advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8);

    const torch::Tensor ratio = (log_prob - data_.log_prob.index_select(0, rows)).exp();
    const torch::Tensor policy_loss =
        -torch::min(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage).mean();
    const torch::Tensor value = critic_->forward(obs).squeeze(1);
    const torch::Tensor value_loss = (value - data_.returns.index_select(0, rows)).square().mean();
    const torch::Tensor entropy = -(all.exp() * all).sum(1).mean();
    const torch::Tensor loss = policy_loss + 0.5 * value_loss - 0.01 * entropy;

    adam_.zero_grad();
    loss.backward();
    // On CUDA this waits for the device: the C++ API returns the norm as a number.
    torch::nn::utils::clip_grad_norm_(adam_.param_groups()[0].params(), 0.5);
    adam_.step();
  }

  BareConfig config_;
  torch::Device device_;
  torch::nn::Sequential actor_, critic_;
  torch::optim::Adam adam_;
  Samples data_;
};

}  // namespace cusched
