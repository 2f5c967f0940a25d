// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agents/kernels/nn.h"
#include "agents/policy.h"
#include "envs/batch.h"

namespace cusched {

// A linear layer inside a member's flat parameters.
struct LayerSlot {
  std::string name;  // e.g. "actor.0": the tensors are actor.0.weight (out, in), actor.0.bias (out)
  int in = 0, out = 0;
  int64_t weight = 0, bias = 0;  // offsets in floats
  double gain = 1;               // of the orthogonal initialisation
};

// Where the named tensors of a network (docs/ARCHITECTURE.md, Networks) lie in a member's flat
// parameters. Tensors start at multiples of 16 floats; the numbers between them stay zero.
struct NetworkLayout {
  NetworkConfig config;
  Activation activation = Activation::kTanh;
  bool pointer = false;
  int slots = 0, globals = 0, features = 0;  // K, G, F
  std::vector<LayerSlot> layers;
  int64_t size = 0;  // floats of a member

  int obs() const { return globals + slots * features; }
  int actions() const { return slots + 1; }
  // Numbers of the observation normaliser: D, or G + F for pointer.
  int stats() const { return pointer ? globals + features : obs(); }
  const LayerSlot& layer(const std::string& name) const;
};

// Throws InputError for an unknown kind or activation and for widths that are not positive.
NetworkLayout make_layout(const NetworkConfig& config, const BatchShape& shape);

// Initial parameters of one member: orthogonal weights (Saxe et al. 2014) with gain sqrt(2) in
// hidden layers, 0.01 before logits and 1 before values; biases 0. Depends on the seed and the
// member's logical id only.
std::vector<float> initial_parameters(const NetworkLayout& layout, uint32_t seed, uint32_t member);

// One member's flat parameters as named tensors, and back (InputError for a missing tensor or
// another shape; `where` is named in it).
std::vector<NamedTensor> to_tensors(const NetworkLayout& layout, const float* parameters);
std::vector<float> from_tensors(const NetworkLayout& layout,
                                const std::vector<NamedTensor>& tensors, const std::string& where);

}  // namespace cusched
