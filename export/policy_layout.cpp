// SPDX-License-Identifier: MIT
#include "export/policy_layout.h"

#include <cmath>
#include <map>

#include "cuda/error.h"

namespace cusched {
namespace {

class LayoutBuilder {
 public:
  void linear(const std::string& name, int64_t in, int64_t out) {
    specs_.push_back({name + ".weight", {out, in}});
    specs_.push_back({name + ".bias", {out}});
  }

  // Layers PREFIX0, PREFIX1, ... through `widths`; returns the last width.
  int64_t stack(const std::string& prefix, int64_t in, const std::vector<int>& widths) {
    for (size_t i = 0; i < widths.size(); ++i) {
      linear(prefix + std::to_string(i), in, widths[i]);
      in = widths[i];
    }
    return in;
  }

  std::vector<WeightSpec> take() { return std::move(specs_); }

 private:
  std::vector<WeightSpec> specs_;
};

std::string text(const std::vector<int64_t>& shape) {
  std::string out = "(";
  for (size_t i = 0; i < shape.size(); ++i) out += (i ? ", " : "") + std::to_string(shape[i]);
  return out + ")";
}

void check_network(const NetworkConfig& network, const BatchShape& shape) {
  CUSCHED_CHECK(network.kind == "mlp" || network.kind == "pointer",
                "unknown network kind \"" + network.kind + "\"", "", "Use mlp or pointer");
  CUSCHED_CHECK(network.activation == "tanh" || network.activation == "relu",
                "unknown activation \"" + network.activation + "\"", "", "Use tanh or relu");
  for (int width : network.hidden)
    CUSCHED_CHECK(width >= 1, "a hidden layer of width " + std::to_string(width));
  CUSCHED_CHECK(network.kind == "mlp" || !network.hidden.empty(),
                "a pointer network without hidden layers", "its encoder would have no width",
                "Give at least one width");
  CUSCHED_CHECK(shape.slots >= 1 && shape.globals >= 0 && shape.slot_features >= 1,
                "K = " + std::to_string(shape.slots) + ", G = " + std::to_string(shape.globals) +
                    ", F = " + std::to_string(shape.slot_features) + " is no observation");
}

void check_finite(const std::string& name, const std::vector<float>& values) {
  for (size_t i = 0; i < values.size(); ++i)
    CUSCHED_CHECK(std::isfinite(values[i]),
                  name + "[" + std::to_string(i) + "] is " + std::to_string(values[i]),
                  "a policy with it decides nothing", "Look for a diverged training run");
}

}  // namespace

bool takes_any_slots(const NetworkConfig& network) { return network.kind == "pointer"; }

int64_t normaliser_size(const NetworkConfig& network, const BatchShape& shape) {
  return takes_any_slots(network) ? shape.globals + shape.slot_features : shape.obs();
}

std::vector<WeightSpec> expected_weights(const NetworkConfig& network, const BatchShape& shape,
                                         bool q_values) {
  check_network(network, shape);
  LayoutBuilder layout;
  const auto& hidden = network.hidden;
  const int64_t globals = shape.globals;
  if (!takes_any_slots(network)) {
    std::vector<int> widths = hidden;
    widths.push_back(shape.actions());
    layout.stack("actor.", shape.obs(), widths);
    widths.back() = 1;
    if (!q_values) layout.stack("critic.", shape.obs(), widths);
    return layout.take();
  }
  const int64_t h = layout.stack("actor.enc.", globals + shape.slot_features, hidden);
  const int64_t context = 2 * h + globals;
  layout.linear("actor.score.0", h + context, h);
  layout.linear("actor.score.1", h, 1);
  layout.linear("actor.none.0", context, h);
  layout.linear("actor.none.1", h, 1);
  if (!q_values) {
    layout.stack("critic.enc.", globals + shape.slot_features, hidden);
    layout.linear("critic.value.0", context, h);
    layout.linear("critic.value.1", h, 1);
  }
  return layout.take();
}

void check_weights(const PolicyWeights& weights, bool q_values) {
  std::map<std::string, const NamedTensor*> given;
  for (const NamedTensor& tensor : weights.weights)
    CUSCHED_CHECK(given.emplace(tensor.name, &tensor).second,
                  "weight " + tensor.name + " is there twice");
  const auto specs = expected_weights(weights.network, weights.shape, q_values);
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
