// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "bench/measure.h"

namespace cusched {

struct BareConfig {
  std::string algo = "ppo";
  int64_t samples = 524288;   // environment steps of one iteration, e.g. 4,096 x 128
  int64_t minibatch = 16384;  // samples per gradient step
  int epochs = 4;             // passes over the samples
  std::vector<int64_t> hidden = {64, 64};
  int64_t obs = 67;
  int64_t actions = 11;
  bool rollout = false;         // also the rollout's forward and sampling
  int64_t rollout_rows = 4096;  // rows of one such forward pass
  int64_t replay = 1000000;     // DQN: stored transitions
  int64_t gradient_steps = 1;   // DQN: minibatches of an iteration
  int64_t target_update = 100;  // DQN: gradient steps between two copies
  Timing timing;                // repetitions and the least time of one
  int threads = 0;              // 0: LibTorch's default
  std::string device = "cpu";
  std::string json;  // result file; empty: stdout
};

inline torch::nn::Sequential make_network(const BareConfig& config, int64_t outputs) {
  torch::nn::Sequential network;
  int64_t inputs = config.obs;
  for (const int64_t width : config.hidden) {
    network->push_back(torch::nn::Linear(inputs, width));
    network->push_back(torch::nn::Tanh());
    inputs = width;
  }
  network->push_back(torch::nn::Linear(inputs, outputs));
  return network;
}

// One algorithm as a training loop of LibTorch on stored random data.
class BareLoop {
 public:
  virtual ~BareLoop() = default;
  virtual void iterate() = 0;  // config.samples environment steps
};

}  // namespace cusched
