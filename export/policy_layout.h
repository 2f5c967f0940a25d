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

// All weights of a network, actor first. A network of Q-values has no critic. Throws Error for an
// unknown kind or activation and for sizes that cannot be.
std::vector<WeightSpec> expected_weights(const NetworkConfig& network, const BatchShape& shape,
                                         PolicyHead head);

// Numbers the observation normaliser holds: D, or G + F where the network takes any K.
int64_t normaliser_size(const NetworkConfig& network, const BatchShape& shape);

// Throws Error, with the tensor's name, unless every expected weight is there once with its shape,
// nothing else is, the normaliser has its size, all numbers are finite and no variance is negative.
void check_weights(const PolicyWeights& weights);

// The weight called `name`; throws Error where there is none.
const NamedTensor& find_weight(const PolicyWeights& weights, const std::string& name);

}  // namespace cusched
