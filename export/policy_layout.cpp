// SPDX-License-Identifier: MIT
#include "export/policy_layout.h"

#include <cmath>
#include <map>

#include "agents/network_layout.h"
#include "agents/network_registry.h"
#include "cuda/error.h"

namespace cusched {
namespace {

std::string text(const std::vector<int64_t>& shape) {
  std::string out = "(";
  for (size_t i = 0; i < shape.size(); ++i) out += (i ? ", " : "") + std::to_string(shape[i]);
  return out + ")";
}

void check_finite(const std::string& name, const std::vector<float>& values) {
  for (size_t i = 0; i < values.size(); ++i)
    CUSCHED_CHECK(std::isfinite(values[i]),
                  name + "[" + std::to_string(i) + "] is " + std::to_string(values[i]),
                  "a policy with it decides nothing", "Look for a diverged training run");
}

}  // namespace

int64_t normaliser_size(const NetworkConfig& network, const BatchShape& shape) {
  return takes_any_slots(network) ? shape.globals + shape.slot_features : shape.obs();
}

std::vector<WeightSpec> expected_weights(const NetworkConfig& network, const BatchShape& shape,
                                         PolicyHead head) {
  CUSCHED_CHECK(shape.slots >= 1 && shape.globals >= 0 && shape.slot_features >= 1,
                "K = " + std::to_string(shape.slots) + ", G = " + std::to_string(shape.globals) +
                    ", F = " + std::to_string(shape.slot_features) + " is no observation");
  std::vector<WeightSpec> specs;
  for (const LayerSlot& layer : make_layout(network, shape, head).layers) {
    specs.push_back({layer.name + ".weight", {layer.out, layer.in}});
    specs.push_back({layer.name + ".bias", {layer.out}});
  }
  return specs;
}

void check_weights(const PolicyWeights& weights) {
  std::map<std::string, const NamedTensor*> given;
  for (const NamedTensor& tensor : weights.weights)
    CUSCHED_CHECK(given.emplace(tensor.name, &tensor).second,
                  "weight " + tensor.name + " is there twice");
  const auto specs = expected_weights(weights.network, weights.shape, weights.head);
  for (const WeightSpec& spec : specs) {
    const auto found = given.find(spec.name);
    CUSCHED_CHECK(found != given.end(), "weight " + spec.name + " is missing");
    const NamedTensor& tensor = *found->second;
    CUSCHED_CHECK(tensor.shape == spec.shape, "weight " + spec.name + " has shape " +
                                                  text(tensor.shape) + ", not " + text(spec.shape));
    int64_t count = 1;
    for (int64_t n : spec.shape) count *= n;
    CUSCHED_CHECK(static_cast<int64_t>(tensor.values.size()) == count,
                  "weight " + spec.name + " has " + std::to_string(tensor.values.size()) +
                      " numbers for shape " + text(spec.shape));
    check_finite("weight " + spec.name, tensor.values);
    given.erase(found);
  }
  CUSCHED_CHECK(given.empty(), "weight " + (given.empty() ? "" : given.begin()->first) +
                                   " is not one of network " + weights.network.kind);
  const auto size = static_cast<size_t>(normaliser_size(weights.network, weights.shape));
  CUSCHED_CHECK(weights.obs_mean.size() == size && weights.obs_var.size() == size,
                "the observation normaliser has " + std::to_string(weights.obs_mean.size()) +
                    " means and " + std::to_string(weights.obs_var.size()) + " variances, not " +
                    std::to_string(size));
  check_finite("obs_mean", weights.obs_mean);
  check_finite("obs_var", weights.obs_var);
  for (float var : weights.obs_var) CUSCHED_CHECK(var >= 0.0f, "obs_var is negative");
}

const NamedTensor& find_weight(const PolicyWeights& weights, const std::string& name) {
  for (const NamedTensor& tensor : weights.weights)
    if (tensor.name == name) return tensor;
  throw Error("weight " + name + " is missing");
}

}  // namespace cusched
