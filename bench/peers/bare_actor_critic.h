// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <vector>

#include "bench/peers/bare_config.h"

namespace cusched {

// What loops of a policy with a value have in common. Stored data: N rows of everything that an
// update reads.
class BareActorCritic : public BareLoop {
 protected:
  explicit BareActorCritic(const BareConfig& config)
      : config_(config),
        device_(config.device),
        actor_(make_network(config, config.actions)),
        critic_(make_network(config, 1)) {
    torch::NoGradGuard no_grad;
    const auto options = torch::TensorOptions().device(device_);
    const int64_t n = config_.samples;
    obs_ = torch::randn({n, config_.obs}, options);
    // Masking by an addition: cheaper in LibTorch than masked_fill, so the higher bar.
    bias_ = -3.4e38 * (torch::rand({n, config_.actions}, options) < 0.5).to(torch::kFloat32);
    bias_.select(1, config_.actions - 1).fill_(0.0);  // "none" is always allowed
    action_ = torch::empty({n}, options.dtype(torch::kInt64));
    log_prob_ = torch::empty({n}, options);
    advantage_ = torch::randn({n}, options);
    returns_ = torch::randn({n}, options);
  }

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
      const torch::Tensor obs = obs_.slice(0, row, end);
      const torch::Tensor all = log_probs(obs, bias_.slice(0, row, end));
      const torch::Tensor action = torch::multinomial(all.exp(), 1);
      action_.slice(0, row, end).copy_(action.squeeze(1));
      log_prob_.slice(0, row, end).copy_(all.gather(1, action).squeeze(1));
      critic_->forward(obs);
    }
  }

  BareConfig config_;
  torch::Device device_;
  torch::nn::Sequential actor_, critic_;
  torch::Tensor obs_;        // (N, D)
  torch::Tensor bias_;       // (N, A): 0 where the action is allowed, else -3.4e38
  torch::Tensor action_;     // (N) int64
  torch::Tensor log_prob_;   // (N)
  torch::Tensor advantage_;  // (N)
  torch::Tensor returns_;    // (N)
};

// Clip and optimiser step after backward().
template <class Optimiser>
void clip_and_step(Optimiser& optimiser) {
  // On CUDA this waits for the device: the C++ API returns the norm as a number.
  torch::nn::utils::clip_grad_norm_(optimiser.param_groups()[0].params(), 0.5);
  optimiser.step();
}

}  // namespace cusched
