// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "agents/policy.h"

namespace cusched {

template <class S>
struct PolicyOutputs {
  std::vector<S> logits;  // (rows, K + 1), not masked
  std::vector<S> value;   // (rows); empty where logits are Q-values
};

// What a policy's network makes of raw observations obs (rows, G + K * F), on the host: with
// S = float the trainer's numbers, with S = double the same formula without their rounding. `slots`
// is K of the observations, which only a network that takes any K may have other than its own.
template <class S>
PolicyOutputs<S> evaluate_weights(const PolicyWeights& weights, int slots, int64_t rows,
                                  const float* obs);

}  // namespace cusched
