// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>

#include "agents/network_layout.h"

// Parts of the TorchScript text of networks (NetworkEntry::script), so that each network says only
// what is its own. Weights are attributes of the module: self.actor_enc_0_weight.
namespace cusched {

// Name of a weight as an attribute: "actor.enc.0.weight" -> "actor_enc_0_weight".
std::string attribute_name(const std::string& weight_name);

// Expressions: layer `name` of `x`; the layout's activation of an expression; layers name.0 and
// name.1, the first activated.
std::string script_linear(const std::string& name, const std::string& x);
std::string script_activated(const NetworkLayout& layout, const std::string& x);
std::string script_head(const NetworkLayout& layout, const std::string& name, const std::string& x);

// Lines that run `x` through layers PREFIX0, PREFIX1, ... of the hidden widths, activated, and,
// where `open_end`, through one more that is not.
std::string script_layers(const NetworkLayout& layout, const std::string& prefix, bool open_end);

// `lines` of a method's body as that of
//   NAME(self, obs: Tensor, mask: Tensor) -> Tensor
std::string script_method(const std::string& name, const std::string& lines);

// Methods of both kinds of networks:
//   wide() -> int             dtype of sums and of normalising: float32, float64 for such weights
//   lowest(x) -> float        what a masked number of x becomes: -3.4e38, or the dtype's own lowest
//   moments(obs)              mean and variance of each statistic, in wide(), on the device of obs
// Method normalised(obs) of a network that takes one K: x (B, D), in the dtype of the weights.
std::string script_flat_input(const NetworkLayout& layout);
// The same, and methods of a network that takes any K: normalised(obs) -> (g (B, G), c (B, K, F),
// valid (B, K)), zeros where a candidate is not valid; context(e (B, K, H), valid, g) -> (B, 2H +
// G); and joined(g, c) -> (B, K, G + F).
std::string script_candidate_input(const NetworkLayout& layout);

// All methods of a CandidateNetwork. `mix(side)`: lines that turn the codes x (B, K, H) into mixed
// ones; they may read `valid` (B, K).
std::string candidate_script(const NetworkLayout& layout,
                             const std::function<std::string(const std::string& side)>& mix);

}  // namespace cusched
