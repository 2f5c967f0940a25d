// SPDX-License-Identifier: MIT
#include "agents/policy_outputs.h"

#include <algorithm>
#include <cmath>

#include "agents/kernels/normaliser.h"
#include "agents/networks.h"

namespace cusched {
namespace {

// NormaliseRow and MarkValid in S, for one row.
template <class S>
void read_row(const PolicyWeights& weights, const ObsLayout& layout, const float* obs, S* x,
              uint8_t* valid) {
  for (int k = 0; k < layout.slots; ++k) valid[k] = !layout.shared || layout.valid(obs, k);
  for (int d = 0; d < layout.obs(); ++d) {
    const auto s = static_cast<size_t>(layout.stat_of(d));
    const S scale = static_cast<S>(1 / std::sqrt(double{weights.obs_var[s]} + 1e-8));
    const S z = (static_cast<S>(obs[d]) - static_cast<S>(weights.obs_mean[s])) * scale;
    const bool empty = d >= layout.globals && !valid[(d - layout.globals) / layout.features];
    x[d] = empty ? S(0) : std::clamp(z, S(-10), S(10));
  }
}

}  // namespace

template <class S>
PolicyOutputs<S> evaluate_weights(const PolicyWeights& weights, int slots, int64_t rows,
                                  const float* obs) {
  BatchShape shape = weights.shape;
  shape.slots = slots;
  const NetworkLayout layout = make_layout(weights.network, shape, weights.head);
  const auto net = make_network<S>(layout);
  const std::vector<float> floats = from_tensors(layout, weights.weights, "policy");
  const std::vector<S> params(floats.begin(), floats.end());
  const ObsLayout columns{layout.slots, layout.globals, layout.features, layout.any_slots};

  constexpr int64_t kRows = 16;  // of a pass: little memory with many candidates, too
  const auto numbers = [](int64_t width) {
    return std::vector<S>(static_cast<size_t>(kRows * width));
  };
  std::vector<S> x = numbers(layout.obs()), logits = numbers(layout.actions()), value = numbers(1);
  std::vector<S> work = numbers(std::max(net->actor_work(), net->critic_work()));
  std::vector<uint8_t> valid(static_cast<size_t>(kRows * slots));
  PolicyOutputs<S> out;
  for (int64_t first = 0; first < rows; first += kRows) {
    const int64_t n = std::min(kRows, rows - first);
    for (int64_t r = 0; r < n; ++r)
      read_row(weights, columns, obs + (first + r) * layout.obs(), x.data() + r * layout.obs(),
               valid.data() + r * slots);
    NetCall<S> call;
    call.on.rows = n;
    call.params = params.data();
    call.stride = layout.size;
    call.x = x.data();
    call.valid = valid.data();
    net->actor(call, work.data(), logits.data());
    out.logits.insert(out.logits.end(), logits.begin(), logits.begin() + n * layout.actions());
    if (!layout.critic) continue;
    net->critic(call, work.data(), value.data());
    out.value.insert(out.value.end(), value.begin(), value.begin() + n);
  }
  return out;
}
template PolicyOutputs<float> evaluate_weights(const PolicyWeights&, int, int64_t, const float*);
template PolicyOutputs<double> evaluate_weights(const PolicyWeights&, int, int64_t, const float*);

}  // namespace cusched
