// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cuda/device.h"
#include "envs/batch.h"

namespace cusched {

// Network of a policy (docs/ARCHITECTURE.md, Networks).
struct NetworkConfig {
  std::string kind = "mlp";            // one of network_names(): a file agents/networks/KIND.cpp
  std::vector<int> hidden = {64, 64};  // widths, e.g. {256, 256}
  std::string activation = "tanh";     // "tanh" or "relu"
  int attention_layers = 1;            // attention only: e.g. 2
  int heads = 4;                       // attention only: divides the last hidden width
  std::string init = "orthogonal";     // how weights start: "orthogonal" or "torch"
};

// What a network's outputs mean. Logits: of a distribution over actions, beside a critic's value.
// Q-values: the logits are Q(s, a), there is no critic, the value is their masked maximum. Dueling:
// Q = V + A - mean of A over allowed actions, with A the logits and V the critic's value (Wang et
// al. 2016); the value is again the masked maximum of Q.
enum class PolicyHead : uint8_t { kLogits, kQValues, kDueling };

// A tensor on the host: row-major floats.
struct NamedTensor {
  std::string name;            // e.g. "actor.0.weight"
  std::vector<int64_t> shape;  // e.g. {64, 67}
  std::vector<float> values;
};

// One member's policy as plain data: what a checkpoint, an export and an evaluation need.
struct PolicyWeights {
  NetworkConfig network;
  BatchShape shape;                  // members and envs are not used
  std::vector<NamedTensor> weights;  // names as in docs/ARCHITECTURE.md
  // Observation normaliser: (D), or (G + F) where the network takes any K; mean 0, variance 1 when
  // it is off.
  std::vector<float> obs_mean, obs_var;
  PolicyHead head = PolicyHead::kLogits;
};

// A policy that can be asked for actions: a trained network or a loaded TorchScript file.
class Policy {
 public:
  virtual ~Policy() = default;
  // obs (rows, D), mask (rows, A) and action (rows) in the memory of `exec`'s device. The action is
  // the masked argmax, the lowest index on ties.
  virtual void act(const Exec& exec, int64_t rows, const float* obs, const uint8_t* mask,
                   int32_t* action) = 0;
};

// The policy of trained weights, computed with LibTorch.
std::unique_ptr<Policy> make_policy(const PolicyWeights& weights, const Device& device);

}  // namespace cusched
