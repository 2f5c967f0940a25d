// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agents/kernels/nn.h"
#include "agents/policy.h"
#include "envs/batch.h"

namespace cusched {

struct NetworkEntry;

// Gains of the orthogonal initialisation. A branch is the last layer beside a residual connection:
// it starts small, so that a deep network starts as a shallow one (Zhang et al. 2019, Fixup).
inline constexpr double kHiddenGain = 1.4142135623730951, kPolicyGain = 0.01, kValueGain = 1.0,
                        kBranchGain = 0.1;

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
  const NetworkEntry* network = nullptr;
  NetworkConfig config;
  Activation activation = Activation::kTanh;
  bool any_slots = false;  // of the network's entry: any K, statistics shared by candidates
  bool critic = true;      // false: PolicyHead::kQValues, no layer "critic." exists
  int slots = 0, globals = 0, features = 0;  // K, G, F
  std::vector<LayerSlot> layers;
  int64_t size = 0;  // floats of a member

  int obs() const { return globals + slots * features; }
  int actions() const { return slots + 1; }
  // Numbers of the observation normaliser: D, or G + F where candidates share them.
  int stats() const { return any_slots ? globals + features : obs(); }
  const LayerSlot& layer(const std::string& name) const;
  // Prefixes of the layers' names: "actor." and, where there is one, "critic.".
  std::vector<std::string> sides() const;

  // For a network's `layers`: appends one layer, or layers PREFIX0, PREFIX1, ... of the hidden
  // widths; the latter returns the last width.
  void add(const std::string& name, int in, int out, double gain);
  int add_hidden(const std::string& prefix, int in);
};

// Throws InputError for an unknown network or activation and for widths it cannot have.
NetworkLayout make_layout(const NetworkConfig& config, const BatchShape& shape,
                          PolicyHead head = PolicyHead::kLogits);

// One member's flat parameters as named tensors, and back (InputError for a missing tensor or
// another shape; `where` is named in it).
std::vector<NamedTensor> to_tensors(const NetworkLayout& layout, const float* parameters);
std::vector<float> from_tensors(const NetworkLayout& layout,
                                const std::vector<NamedTensor>& tensors, const std::string& where);

}  // namespace cusched
