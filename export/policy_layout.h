// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agents/policy.h"

namespace cusched {

// Name and shape of one weight a network must have (docs/ARCHITECTURE.md, Networks).
struct WeightSpec {
  std::string name;            // e.g. "actor.0.weight"
  std::vector<int64_t> shape;  // (out, in) of a weight, (out) of a bias
};

// All weights of a network, actor first. A network of Q-values (`q_values`) has no critic: its
// logits are Q(s, a) and its value is their masked maximum. Throws Error for an unknown kind or
// activation and for sizes below 1.
std::vector<WeightSpec> expected_weights(const NetworkConfig& network, const BatchShape& shape,
                                         bool q_values);

// Numbers the observation normaliser holds: D for mlp, G + F for pointer.
int64_t normaliser_size(const NetworkConfig& network, const BatchShape& shape);

// Whether the network takes any number of candidates K from its input.
bool takes_any_slots(const NetworkConfig& network);

// Throws Error, with the tensor's name, unless every expected weight is there once with its shape,
// nothing else is, the normaliser has its size, all numbers are finite and no variance is negative.
void check_weights(const PolicyWeights& weights, bool q_values);

// The weight called `name`; throws Error where there is none.
const NamedTensor& find_weight(const PolicyWeights& weights, const std::string& name);

}  // namespace cusched
