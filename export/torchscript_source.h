// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "agents/policy.h"

namespace cusched {

// TorchScript text of the methods of a policy module whose parameters are the network's weights and
// whose buffers are obs_mean and obs_var (docs/guides/deploy.md describes the methods):
//   forward(obs, mask) -> (logits, value), act(obs, mask) -> action int64,
//   masked_logits(obs, mask), value(obs, mask)
// What is the network's own is its script (agents/network_registry.h).
std::string torchscript_source(const NetworkConfig& network, const BatchShape& shape,
                               PolicyHead head);

// Those of them that every policy has alike, on top of its raw_logits(obs, mask), raw_value(obs,
// mask) and lowest(x) -> float, what a masked logit becomes.
std::string policy_methods(PolicyHead head);

}  // namespace cusched
