// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "agents/policy.h"

namespace cusched {

struct NetworkOutput {
  std::vector<double> logits;  // (K + 1); kMaskedLogit where the mask is 0
  double value = 0;
};

// The networks of docs/ARCHITECTURE.md on one observation, in double and plain loops: what an
// exported file is verified against. `slots` is K of this observation, obs has G + K * F numbers,
// mask K + 1 bytes. Slow on purpose; the weights must have passed check_weights.
NetworkOutput reference_forward(const PolicyWeights& weights, bool q_values, int slots,
                                const float* obs, const uint8_t* mask);

// Largest allowed logit, the lowest index on ties; K where nothing is allowed.
int reference_action(const NetworkOutput& output, const uint8_t* mask);

}  // namespace cusched
