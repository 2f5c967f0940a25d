// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "agents/policy.h"

namespace cusched {

// What a masked logit is: near the lowest float32, and finite, so that a softmax gives exactly 0.
inline constexpr double kMaskedLogit = -3.4e38;

// Name of a weight as an attribute of the module: "actor.enc.0.weight" -> "actor_enc_0_weight".
std::string attribute_name(const std::string& weight_name);

// TorchScript text of the methods of a policy module whose parameters are the network's weights and
// whose buffers are obs_mean and obs_var (docs/guides/deploy.md describes the methods):
//   forward(obs, mask) -> (logits, value), act(obs, mask) -> action int64,
//   masked_logits(obs, mask), value(obs, mask)
std::string torchscript_source(const NetworkConfig& network, const BatchShape& shape,
                               bool q_values);

}  // namespace cusched
