// SPDX-License-Identifier: MIT
#include "export/reference_network.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "export/policy_layout.h"
#include "export/torchscript_source.h"

namespace cusched {
namespace {

using Vector = std::vector<double>;

class Network {
 public:
  explicit Network(const PolicyWeights& weights) : w_(weights) {}

  Vector linear(const std::string& layer, const Vector& x) const {
    const NamedTensor& weight = find_weight(w_, layer + ".weight");
    const NamedTensor& bias = find_weight(w_, layer + ".bias");
    Vector y(bias.values.begin(), bias.values.end());
    for (size_t o = 0; o < y.size(); ++o)
      for (size_t i = 0; i < x.size(); ++i) y[o] += double{weight.values[o * x.size() + i]} * x[i];
    return y;
  }

  Vector activate(Vector x) const {
    const bool relu = w_.network.activation == "relu";
    for (double& v : x) v = relu ? std::max(v, 0.0) : std::tanh(v);
    return x;
  }

  Vector mlp(const std::string& role, Vector x) const {
    const size_t last = w_.network.hidden.size();
    for (size_t i = 0; i < last; ++i) x = activate(linear(role + "." + std::to_string(i), x));
    return linear(role + "." + std::to_string(last), x);
  }

  Vector encode(const std::string& role, Vector x) const {
    for (size_t i = 0; i < w_.network.hidden.size(); ++i)
      x = activate(linear(role + ".enc." + std::to_string(i), x));
    return x;
  }

  double head(const std::string& layer, const Vector& x) const {
    return linear(layer + ".1", activate(linear(layer + ".0", x)))[0];
  }

  double normalised(float x, size_t statistic) const {
    const double deviation = std::sqrt(double{w_.obs_var[statistic]} + 1e-8);
    return std::clamp((double{x} - w_.obs_mean[statistic]) / deviation, -10.0, 10.0);
  }

 private:
  const PolicyWeights& w_;
};

Vector joined(Vector a, const Vector& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// A pointer network's input: normalised globals, candidates, and which of them are valid.
struct Candidates {
  Vector globals;
  std::vector<Vector> features;
  std::vector<bool> valid;
};

Candidates read_candidates(const Network& net, const BatchShape& shape, int slots,
                           const float* obs) {
  Candidates in;
  const auto g = static_cast<size_t>(shape.globals), f = static_cast<size_t>(shape.slot_features);
  for (size_t i = 0; i < g; ++i) in.globals.push_back(net.normalised(obs[i], i));
  for (int k = 0; k < slots; ++k) {
    const float* raw = obs + g + static_cast<size_t>(k) * f;
    const bool valid = std::any_of(raw, raw + f, [](float v) { return v != 0.0f; });
    Vector row(f, 0.0);
    for (size_t j = 0; valid && j < f; ++j) row[j] = net.normalised(raw[j], g + j);
    in.features.push_back(std::move(row));
    in.valid.push_back(valid);
  }
  return in;
}

std::vector<Vector> encode_all(const Network& net, const Candidates& in, const std::string& role) {
  std::vector<Vector> out;
  for (const Vector& row : in.features) out.push_back(net.encode(role, joined(in.globals, row)));
  return out;
}

Vector context(const Candidates& in, const std::vector<Vector>& encoded) {
  const size_t h = encoded[0].size();
  Vector mean(h, 0.0), top(h, 0.0);
  int count = 0;
  for (size_t k = 0; k < encoded.size(); ++k) {
    if (!in.valid[k]) continue;
    for (size_t i = 0; i < h; ++i) {
      mean[i] += encoded[k][i];
      top[i] = count == 0 ? encoded[k][i] : std::max(top[i], encoded[k][i]);
    }
    ++count;
  }
  for (double& v : mean) v /= std::max(count, 1);
  return joined(joined(mean, top), in.globals);
}

}  // namespace

NetworkOutput reference_forward(const PolicyWeights& weights, bool q_values, int slots,
                                const float* obs, const uint8_t* mask) {
  const Network net(weights);
  const BatchShape& shape = weights.shape;
  NetworkOutput out;
  if (takes_any_slots(weights.network)) {
    const Candidates in = read_candidates(net, shape, slots, obs);
    const auto encoded = encode_all(net, in, "actor");
    const Vector c = context(in, encoded);
    for (const Vector& e : encoded) out.logits.push_back(net.head("actor.score", joined(e, c)));
    out.logits.push_back(net.head("actor.none", c));
    if (!q_values) out.value = net.head("critic.value", context(in, encode_all(net, in, "critic")));
  } else {
    Vector x;
    for (int i = 0; i < shape.obs(); ++i)
      x.push_back(net.normalised(obs[i], static_cast<size_t>(i)));
    out.logits = net.mlp("actor", x);
    if (!q_values) out.value = net.mlp("critic", x)[0];
  }
  for (size_t a = 0; a < out.logits.size(); ++a)
    if (mask[a] == 0) out.logits[a] = kMaskedLogit;
  if (q_values) out.value = *std::max_element(out.logits.begin(), out.logits.end());
  return out;
}

int reference_action(const NetworkOutput& output, const uint8_t* mask) {
  const int none = static_cast<int>(output.logits.size()) - 1;
  int best = -1;
  for (int a = 0; a <= none; ++a)
    if (mask[a] != 0 && (best < 0 || output.logits[static_cast<size_t>(a)] >
                                         output.logits[static_cast<size_t>(best)]))
      best = a;
  return best < 0 ? none : best;
}

}  // namespace cusched
