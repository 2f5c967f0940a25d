// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "agents/network_layout.h"

namespace cusched {

// Initial parameters of one member, by the layout's NetworkConfig::init:
// "orthogonal": orthogonal weights (Saxe et al. 2014) with the gains of the layout; biases 0.
// "torch": weights and biases uniform in +-1 / sqrt(in), as torch.nn.Linear starts; no gains.
// Depends on the seed and the member's logical id only.
std::vector<float> initial_parameters(const NetworkLayout& layout, uint32_t seed, uint32_t member);

}  // namespace cusched
