// SPDX-License-Identifier: MIT
#include "agents/networks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "agents/initialisation.h"
#include "agents/kernels/ppo_loss.h"
#include "agents/network_registry.h"
#include "agents/self_attention.h"

namespace cusched {
namespace {

const BatchShape kShape{1, 1, 5, 3, 2};

NetworkLayout layout_of(const std::string& kind, const std::string& activation = "tanh",
                        BatchShape shape = kShape) {
  return make_layout(NetworkConfig{kind, {7, 8}, activation, 2, 4}, shape);
}

// Inputs of a pass in double, with a candidate that is not valid.
struct Case {
  explicit Case(const NetworkLayout& layout_in, int64_t rows_in = 4)
      : layout(layout_in), net(make_network<double>(layout)), rows(rows_in) {
    std::mt19937 random(7);
    std::normal_distribution<double> normal;
    const std::vector<float> initial = initial_parameters(layout, 3, 1);
    params.assign(initial.begin(), initial.end());
    for (double& p : params) p += 0.1 * normal(random);  // larger heads than at the start
    x.resize(static_cast<size_t>(rows * layout.obs()));
    for (double& v : x) v = normal(random);
    valid.assign(static_cast<size_t>(rows * layout.slots), 1);
    for (int64_t r = 0; r < rows; ++r) {
      const int64_t k = r % layout.slots;
      valid[static_cast<size_t>(r * layout.slots + k)] = 0;
      for (int f = 0; f < layout.features; ++f)
        x[static_cast<size_t>(r * layout.obs() + layout.globals + k * layout.features + f)] = 0;
    }
    actor_work.resize(static_cast<size_t>(rows * net->actor_work()));
    critic_work.resize(static_cast<size_t>(rows * net->critic_work()));
    scratch.resize(static_cast<size_t>(rows * net->scratch()));
    logits.resize(static_cast<size_t>(rows * layout.actions()));
    value.resize(static_cast<size_t>(rows));
  }
  NetCall<double> call() const {
    NetCall<double> c;
    c.on.rows = rows;
    c.params = params.data();
    c.stride = layout.size;
    c.x = x.data();
    c.valid = valid.data();
    return c;
  }
  void forward() {
    net->actor(call(), actor_work.data(), logits.data());
    net->critic(call(), critic_work.data(), value.data());
  }

  const NetworkLayout layout;
  std::unique_ptr<Network<double>> net;
  int64_t rows;
  std::vector<double> params, x, actor_work, critic_work, scratch, logits, value;
  std::vector<uint8_t> valid;
};

struct Loss {
  double value;
  std::vector<double> dlogits, dvalue;
};

// Mean PPO loss over the rows of a case: the real loss, with masks and both clips at work.
Loss ppo_of(const Case& c) {
  const int A = c.layout.actions();
  const PpoCoefficients<double> coef{0.2, 0.03, 0.7, true};
  Loss loss{0, std::vector<double>(c.logits.size()), std::vector<double>(c.value.size())};
  for (int64_t r = 0; r < c.rows; ++r) {
    std::vector<uint8_t> mask(static_cast<size_t>(A), 1);
    mask[static_cast<size_t>((r + 1) % (A - 1))] = 0;
    const PolicySample<double> sample{static_cast<int>(r % (A - 1) == 1 ? 0 : A - 1),
                                      -1.5 - 0.3 * r, r % 2 ? 0.8 : -1.1, 0.1 * r, 0.4 - 0.2 * r};
    double terms[kPpoTerms];
    ppo_loss(c.logits.data() + r * A, mask.data(), A, c.value[static_cast<size_t>(r)], sample, coef,
             1.0 / static_cast<double>(c.rows), loss.dlogits.data() + r * A, loss.dvalue.data() + r,
             terms);
    loss.value += (terms[kPolicyLoss] + coef.value_coef * terms[kValueLoss] -
                   coef.entropy * terms[kEntropy]) /
                  static_cast<double>(c.rows);
  }
  return loss;
}

class NetworkGradient : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(NetworkGradient, OfThePpoLossMatchesFiniteDifferences) {
  const auto [kind, activation] = GetParam();
  Case c(layout_of(kind, activation));
  c.forward();
  Loss loss = ppo_of(c);
  std::vector<double> grads(c.params.size(), 0.0);
  c.net->actor_backward(c.call(), c.actor_work.data(), c.scratch.data(), loss.dlogits.data(),
                        grads.data(), false);
  c.net->critic_backward(c.call(), c.critic_work.data(), c.scratch.data(), loss.dvalue.data(),
                         grads.data(), false);
  constexpr double kStep = 1e-6;
  double largest = 0;
  for (const LayerSlot& slot : c.layout.layers) {
    const int64_t ends[2][2] = {{slot.weight, slot.weight + int64_t{slot.in} * slot.out},
                                {slot.bias, slot.bias + slot.out}};
    for (const auto& range : ends)
      for (int64_t i = range[0]; i < range[1]; ++i) {
        double& p = c.params[static_cast<size_t>(i)];
        const double kept = p;
        p = kept + kStep;
        c.forward();
        const double above = ppo_of(c).value;
        p = kept - kStep;
        c.forward();
        const double below = ppo_of(c).value;
        p = kept;
        ASSERT_NEAR(grads[static_cast<size_t>(i)], (above - below) / (2 * kStep), 1e-7)
            << slot.name << ", number " << i - range[0];
        largest = std::max(largest, std::fabs(grads[static_cast<size_t>(i)]));
      }
  }
  EXPECT_GT(largest, 1e-2);  // the test can fail
}
INSTANTIATE_TEST_SUITE_P(Networks, NetworkGradient,
                         testing::Combine(testing::ValuesIn(network_names()),
                                          testing::Values<std::string>("tanh", "relu")));

TEST(Network, GradientsAccumulate) {
  for (const std::string& kind : network_names()) {
    Case c(layout_of(kind));
    c.forward();
    std::vector<double> once(c.params.size(), 0.0);
    for (const bool again : {false, true}) {
      Loss loss = ppo_of(c);
      std::vector<double> grads = once;
      c.net->actor_backward(c.call(), c.actor_work.data(), c.scratch.data(), loss.dlogits.data(),
                            grads.data(), again);
      c.net->critic_backward(c.call(), c.critic_work.data(), c.scratch.data(), loss.dvalue.data(),
                             grads.data(), again);
      for (size_t i = 0; again && i < grads.size(); ++i) ASSERT_NEAR(grads[i], 2 * once[i], 1e-12);
      once = grads;
    }
  }
}

// A row of a case with its candidates in another order.
Case permuted(const Case& from, const std::vector<int>& order) {
  Case c(from.layout, from.rows);
  c.params = from.params;
  const NetworkLayout& l = c.layout;
  for (int64_t r = 0; r < c.rows; ++r)
    for (int k = 0; k < l.slots; ++k) {
      const int64_t to = r * l.slots + k, at = r * l.slots + order[static_cast<size_t>(k)];
      c.valid[static_cast<size_t>(to)] = from.valid[static_cast<size_t>(at)];
      for (int f = 0; f < l.features; ++f)
        c.x[static_cast<size_t>(r * l.obs() + l.globals + k * l.features + f)] =
            from.x[static_cast<size_t>(r * l.obs() + l.globals +
                                       order[static_cast<size_t>(k)] * l.features + f)];
    }
  return c;
}

std::vector<std::string> candidate_networks() {
  std::vector<std::string> names;
  for (const NetworkEntry* entry : all_networks())
    if (entry->any_slots) names.push_back(entry->name);
  return names;
}

class CandidateNetworks : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All, CandidateNetworks, testing::ValuesIn(candidate_networks()));

// To rounding, not to the bit: sums over candidates are made in their order.
TEST_P(CandidateNetworks, FollowTheOrderOfCandidates) {
  Case a(layout_of(GetParam()));
  const std::vector<int> order = {3, 0, 4, 2, 1};
  Case b = permuted(a, order);
  a.forward();
  b.forward();
  const int A = a.layout.actions();
  for (int64_t r = 0; r < a.rows; ++r) {
    EXPECT_NEAR(a.value[static_cast<size_t>(r)], b.value[static_cast<size_t>(r)], 1e-12);
    for (int k = 0; k < A; ++k) {
      const int from = k + 1 < A ? order[static_cast<size_t>(k)] : k;
      EXPECT_NEAR(b.logits[static_cast<size_t>(r * A + k)],
                  a.logits[static_cast<size_t>(r * A + from)], 1e-12);
    }
  }
}

TEST_P(CandidateNetworks, TakeAnyNumberOfCandidates) {
  // The same weights on 5 candidates and on 9, of which 4 are empty: equal where both have them.
  BatchShape more = kShape;
  more.slots = 9;
  Case a(layout_of(GetParam())), b(layout_of(GetParam(), "tanh", more));
  ASSERT_EQ(a.layout.size, b.layout.size);
  b.params = a.params;
  std::fill(b.x.begin(), b.x.end(), 0.0);
  std::fill(b.valid.begin(), b.valid.end(), uint8_t{0});
  for (int64_t r = 0; r < a.rows; ++r) {
    std::copy_n(a.x.begin() + r * a.layout.obs(), a.layout.obs(), b.x.begin() + r * b.layout.obs());
    std::copy_n(a.valid.begin() + r * 5, 5, b.valid.begin() + r * 9);
  }
  a.forward();
  b.forward();
  for (int64_t r = 0; r < a.rows; ++r) {
    EXPECT_NEAR(a.value[static_cast<size_t>(r)], b.value[static_cast<size_t>(r)], 1e-12);
    for (int k = 0; k < 5; ++k)
      EXPECT_NEAR(a.logits[static_cast<size_t>(r * 6 + k)],
                  b.logits[static_cast<size_t>(r * 10 + k)], 1e-12);
    EXPECT_NEAR(a.logits[static_cast<size_t>(r * 6 + 5)], b.logits[static_cast<size_t>(r * 10 + 9)],
                1e-12);
  }
}

TEST_P(CandidateNetworks, AreFiniteWithoutCandidates) {
  Case c(layout_of(GetParam()));
  std::fill(c.valid.begin(), c.valid.end(), uint8_t{0});
  c.forward();
  for (const double v : c.logits) EXPECT_TRUE(std::isfinite(v));
  for (const double v : c.value) EXPECT_TRUE(std::isfinite(v));
}

// More candidates than a tile of attention holds queries, and not a multiple of it: large products
// (whole tiles) and small ones (the last).
TEST(SelfAttention, OfManyCandidatesMatchesTheFormula) {
  constexpr int kSlots = 77, kWidth = 12, kHeads = 3, kRows = 3;
  std::mt19937 random(5);
  std::normal_distribution<double> normal;
  const auto numbers = [&](int64_t n) {
    std::vector<double> v(static_cast<size_t>(n));
    for (double& x : v) x = normal(random);
    return v;
  };
  const SelfAttention<double> attention(kSlots, kWidth, kHeads);
  std::vector<double> qkv = numbers(kRows * kSlots * 3 * kWidth);
  const std::vector<double> weight = numbers(kRows * kSlots * kWidth);  // of the loss
  std::vector<double> seen(weight.size()), dqkv(qkv.size(), 1e9);
  std::vector<double> tiles(static_cast<size_t>(2 * kRows * attention.tile()));
  std::vector<uint8_t> valid(kRows * kSlots, 1);
  for (size_t i = 0; i < valid.size(); ++i) valid[i] = i % 5 != 2 && i < 2 * kSlots;
  NetCall<double> call;
  call.on.rows = kRows;
  call.valid = valid.data();

  const auto scalar = [&](int r, int k, int column) {
    const auto at = [&](int candidate, int part, int c) {
      return qkv[static_cast<size_t>(((r * kSlots + candidate) * 3 + part) * kWidth + c)];
    };
    const int first = column / 4 * 4;
    double total = 0, sum = 0;
    for (int j = 0; j < kSlots; ++j) {
      if (!valid[static_cast<size_t>(r * kSlots + j)]) continue;
      double product = 0;
      for (int c = first; c < first + 4; ++c) product += at(k, 0, c) * at(j, 1, c);
      const double p = std::exp(product / 2);
      total += p;
      sum += p * at(j, 2, column);
    }
    return total > 0 ? sum / total : 0.0;
  };
  attention.forward(call, qkv.data(), seen.data(), tiles.data());
  for (int i = 0; i < kRows * kSlots * kWidth; ++i)
    ASSERT_NEAR(seen[static_cast<size_t>(i)],
                scalar(i / (kSlots * kWidth), i / kWidth % kSlots, i % kWidth), 1e-12)
        << i;
  EXPECT_EQ(seen.back(), 0.0) << "no candidate of the last row is valid";

  attention.backward(call, qkv.data(), weight.data(), dqkv.data(), tiles.data());
  const auto loss = [&] {
    attention.forward(call, qkv.data(), seen.data(), tiles.data());
    return std::inner_product(seen.begin(), seen.end(), weight.begin(), 0.0);
  };
  constexpr double kStep = 1e-5;
  for (size_t i = 0; i < qkv.size(); i += 29) {
    const double kept = qkv[i];
    qkv[i] = kept + kStep;
    const double above = loss();
    qkv[i] = kept - kStep;
    const double below = loss();
    qkv[i] = kept;
    ASSERT_NEAR(dqkv[i], (above - below) / (2 * kStep), 1e-7) << i;
  }
}

TEST(NetworkLayout, InitialWeightsAreOrthogonalWithTheirGains) {
  for (const std::string& kind : network_names()) {
    const NetworkLayout layout = layout_of(kind);
    const std::vector<float> params = initial_parameters(layout, 5, 0);
    for (const LayerSlot& slot : layout.layers) {
      const bool head = slot.out == layout.actions() || slot.out == 1;
      const bool critic = slot.name.rfind("critic", 0) == 0;
      const bool branch = slot.name.ends_with(".out") || slot.name.ends_with(".ff.1");
      const double gain = branch ? 0.1 : (!head ? std::sqrt(2.0) : (critic ? 1.0 : 0.01));
      // Rows are orthonormal where the matrix is wide, columns where it is tall.
      const bool wide = slot.in >= slot.out;
      const int count = wide ? slot.out : slot.in, length = wide ? slot.in : slot.out;
      const auto at = [&](int vector, int k) -> double {
        const int o = wide ? vector : k, i = wide ? k : vector;
        return params[static_cast<size_t>(slot.weight + int64_t{o} * slot.in + i)];
      };
      for (int a = 0; a < count; ++a)
        for (int b = 0; b <= a; ++b) {
          double dot = 0;
          for (int k = 0; k < length; ++k) dot += at(a, k) * at(b, k);
          EXPECT_NEAR(dot, a == b ? gain * gain : 0.0, 1e-5) << slot.name;
        }
      for (int o = 0; o < slot.out; ++o)
        EXPECT_EQ(params[static_cast<size_t>(slot.bias + o)], 0.0f);
    }
    EXPECT_NE(params, initial_parameters(layout, 6, 0));
    EXPECT_NE(params, initial_parameters(layout, 5, 1));
  }
}

// Moments of a uniform distribution on +-1 / sqrt(in): mean 0, variance 1 / (3 in).
TEST(NetworkLayout, TorchsStartIsUniformWithBiases) {
  for (const std::string& kind : network_names()) {
    NetworkConfig config{kind, {64, 48}, "relu"};
    config.init = "torch";
    const NetworkLayout layout = make_layout(config, kShape);
    const std::vector<float> params = initial_parameters(layout, 5, 0);
    double sum = 0, squares = 0, count = 0;
    for (const LayerSlot& slot : layout.layers) {
      const double scale = std::sqrt(slot.in);
      double largest = 0;
      for (int64_t i = slot.weight; i < slot.bias + slot.out; ++i) {
        if (i >= slot.weight + int64_t{slot.in} * slot.out && i < slot.bias) continue;  // padding
        const double value = scale * params[static_cast<size_t>(i)];
        largest = std::max(largest, std::abs(value));
        sum += value;
        squares += value * value;
        ++count;
      }
      EXPECT_LE(largest, 1.0) << slot.name;
      EXPECT_NE(params[static_cast<size_t>(slot.bias)], 0.0f) << slot.name;
    }
    // Five standard errors: the mean's is sqrt(1 / 3n), the mean square's sqrt(4 / 45n).
    EXPECT_NEAR(sum / count, 0, 5 * std::sqrt(1 / (3 * count))) << kind;
    EXPECT_NEAR(squares / count, 1.0 / 3, 5 * std::sqrt(4 / (45 * count))) << kind;
    EXPECT_NE(params, initial_parameters(layout, 6, 0));
    EXPECT_NE(params, initial_parameters(layout, 5, 1));
  }
  NetworkConfig unknown{"mlp", {4}, "tanh"};
  unknown.init = "zeros";
  EXPECT_THROW(make_layout(unknown, kShape), InputError);
}

TEST(NetworkLayout, TensorsRoundTripAndAreChecked) {
  const NetworkLayout layout = layout_of("pointer");
  const std::vector<float> params = initial_parameters(layout, 5, 0);
  std::vector<NamedTensor> tensors = to_tensors(layout, params.data());
  EXPECT_EQ(tensors.front().name, "actor.enc.0.weight");
  EXPECT_EQ(tensors.front().shape, (std::vector<int64_t>{7, 5}));
  EXPECT_EQ(from_tensors(layout, tensors, "test"), params);
  std::swap(tensors.front().shape[0], tensors.front().shape[1]);
  EXPECT_THROW(from_tensors(layout, tensors, "test"), InputError);
  tensors.erase(tensors.begin());
  EXPECT_THROW(from_tensors(layout, tensors, "test"), InputError);
}

TEST(NetworkLayout, OfQValuesHasNoCritic) {
  for (const std::string& kind : network_names()) {
    const NetworkConfig config{kind, {7, 8}, "tanh"};
    const NetworkLayout both = make_layout(config, kShape);
    Case c(make_layout(config, kShape, PolicyHead::kQValues));
    EXPECT_LT(c.layout.size, both.size);
    for (const LayerSlot& slot : c.layout.layers) EXPECT_EQ(slot.name.substr(0, 6), "actor.");
    Case wants(both);
    std::copy_n(c.params.begin(), c.layout.size, wants.params.begin());
    wants.x = c.x;
    c.net->actor(c.call(), c.actor_work.data(), c.logits.data());
    wants.net->actor(wants.call(), wants.actor_work.data(), wants.logits.data());
    EXPECT_EQ(c.logits, wants.logits);
  }
}

TEST(NetworkLayout, RefusesBadNetworks) {
  EXPECT_THROW(make_layout(NetworkConfig{"cnn", {4}, "tanh"}, kShape), InputError);
  EXPECT_THROW(make_layout(NetworkConfig{"mlp", {}, "tanh"}, kShape), InputError);
  EXPECT_THROW(make_layout(NetworkConfig{"mlp", {0}, "tanh"}, kShape), InputError);
  EXPECT_THROW(make_layout(NetworkConfig{"mlp", {4}, "gelu"}, kShape), InputError);
  EXPECT_THROW(make_layout(NetworkConfig{"attention", {8}, "tanh", 1, 3}, kShape), InputError);
  EXPECT_THROW(make_layout(NetworkConfig{"attention", {8}, "tanh", 0, 4}, kShape), InputError);
}

}  // namespace
}  // namespace cusched
