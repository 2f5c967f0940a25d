// SPDX-License-Identifier: MIT
#include "agents/network_layout.h"

#include <algorithm>

#include "agents/network_registry.h"
#include "cuda/error.h"

namespace cusched {
namespace {

constexpr int64_t kAlign = 16;  // floats: a cache line, so that products see aligned weights
int64_t pad(int64_t n) { return (n + kAlign - 1) / kAlign * kAlign; }

}  // namespace

const LayerSlot& NetworkLayout::layer(const std::string& name) const {
  for (const LayerSlot& slot : layers)
    if (slot.name == name) return slot;
  throw Error("network has no layer " + name);
}

std::vector<std::string> NetworkLayout::sides() const {
  return critic ? std::vector<std::string>{"actor.", "critic."}
                : std::vector<std::string>{"actor."};
}

void NetworkLayout::add(const std::string& name, int in, int out, double gain) {
  LayerSlot slot{name, in, out, size, 0, gain};
  slot.bias = pad(slot.weight + int64_t{in} * out);
  size = pad(slot.bias + out);
  layers.push_back(slot);
}

int NetworkLayout::add_hidden(const std::string& prefix, int in) {
  for (size_t i = 0; i < config.hidden.size(); ++i) {
    add(prefix + std::to_string(i), in, config.hidden[i], kHiddenGain);
    in = config.hidden[i];
  }
  return in;
}

NetworkLayout make_layout(const NetworkConfig& config, const BatchShape& shape, PolicyHead head) {
  NetworkLayout layout;
  layout.network = &find_network(config.kind);
  if (config.activation != "tanh" && config.activation != "relu")
    throw InputError("network.activation", "unknown activation \"" + config.activation + "\"",
                     "Use tanh or relu");
  if (config.init != "orthogonal" && config.init != "torch")
    throw InputError("network.init", "unknown start \"" + config.init + "\"",
                     "Use orthogonal or torch");
  if (config.hidden.empty())
    throw InputError("network.hidden", "no hidden layer", "Give widths, e.g. [64, 64]");
  for (const int width : config.hidden)
    if (width < 1 || width > 65536)
      throw InputError("network.hidden", "width " + std::to_string(width) + " is out of range",
                       "Use widths from 1 to 65536");
  layout.config = config;
  layout.activation = config.activation == "tanh" ? Activation::kTanh : Activation::kRelu;
  layout.any_slots = layout.network->any_slots;
  layout.critic = head != PolicyHead::kQValues;
  layout.slots = shape.slots;
  layout.globals = shape.globals;
  layout.features = shape.slot_features;
  layout.network->layers(layout);
  return layout;
}

std::vector<NamedTensor> to_tensors(const NetworkLayout& layout, const float* parameters) {
  std::vector<NamedTensor> tensors;
  for (const LayerSlot& slot : layout.layers) {
    const float* w = parameters + slot.weight;
    const float* b = parameters + slot.bias;
    tensors.push_back({slot.name + ".weight",
                       {slot.out, slot.in},
                       std::vector<float>(w, w + int64_t{slot.in} * slot.out)});
    tensors.push_back({slot.name + ".bias", {slot.out}, std::vector<float>(b, b + slot.out)});
  }
  return tensors;
}

std::vector<float> from_tensors(const NetworkLayout& layout,
                                const std::vector<NamedTensor>& tensors, const std::string& where) {
  std::vector<float> out(static_cast<size_t>(layout.size), 0.0f);
  const auto put = [&](const std::string& name, const std::vector<int64_t>& shape, int64_t offset) {
    const auto found = std::find_if(tensors.begin(), tensors.end(),
                                    [&](const NamedTensor& t) { return t.name == name; });
    int64_t count = 1;
    for (const int64_t n : shape) count *= n;
    if (found == tensors.end())
      throw InputError(where, "tensor " + name + " is missing",
                       "Use weights of a " + layout.config.kind + " network of this shape");
    if (found->shape != shape || static_cast<int64_t>(found->values.size()) != count)
      throw InputError(where, "tensor " + name + " has another shape than the network",
                       "Use weights trained with the same widths and observation");
    std::copy(found->values.begin(), found->values.end(), out.begin() + offset);
  };
  for (const LayerSlot& slot : layout.layers) {
    put(slot.name + ".weight", {slot.out, slot.in}, slot.weight);
    put(slot.name + ".bias", {slot.out}, slot.bias);
  }
  return out;
}

}  // namespace cusched
