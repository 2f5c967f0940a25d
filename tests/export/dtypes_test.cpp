// SPDX-License-Identifier: MIT
// Exported policies that a user casts, calls under autocast, or gives tensors of other kinds.
#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <cmath>
#include <sstream>

#include "agents/policy_outputs.h"
#include "export/torchscript_writer.h"
#include "export/verify.h"
#include "tests/export/policies.h"

namespace cusched::testing {
namespace {

constexpr int kSlots = 6, kRows = 24;

struct Case {
  std::string network;
  PolicyHead head;
};

// Every network, and every head of one: what a head adds does not depend on the network.
std::vector<Case> cases() {
  std::vector<Case> all = {{"mlp", PolicyHead::kQValues}, {"mlp", PolicyHead::kDueling}};
  for (const std::string& network : network_names()) all.push_back({network, PolicyHead::kLogits});
  return all;
}

std::string name_of(const Case& c) {
  return c.network + ", head " + std::to_string(static_cast<int>(c.head));
}

PolicyWeights weights_of(const Case& c) {
  return make_weights(c.network, "tanh", {16, 16}, make_shape(kSlots, 3, 4), 21, c.head);
}

torch::jit::Module load(const PolicyWeights& weights) {
  std::istringstream bytes(serialise_policy(make_export(weights)));
  return torch::jit::load(bytes);
}

struct Input {
  at::Tensor obs, mask;
};

// Some candidates empty, some actions forbidden, and a row without any candidate or allowed action.
Input input_of(const PolicyWeights& weights) {
  VerifyRows rows = probe_rows(weights, kSlots, kRows, 5);
  std::fill(rows.obs.begin(), rows.obs.begin() + weights.shape.obs(), 0.0f);
  std::fill(rows.mask.begin() + kSlots + 1, rows.mask.begin() + 2 * (kSlots + 1), uint8_t{0});
  return {at::from_blob(rows.obs.data(), {kRows, weights.shape.obs()}, at::kFloat).clone(),
          at::from_blob(rows.mask.data(), {kRows, kSlots + 1}, at::kByte).clone()};
}

struct Output {
  at::Tensor logits, value, action;
};

Output ask(torch::jit::Module& module, const Input& in) {
  const at::NoGradGuard no_grad;
  const auto pair = module.forward({in.obs, in.mask}).toTupleRef().elements().vec();
  return {pair[0].toTensor(), pair[1].toTensor(),
          module.get_method("act")({in.obs, in.mask}).toTensor()};
}

double lowest_of(at::ScalarType type) {
  if (type == at::kHalf) return -65504.0;
  return type == at::kBFloat16 ? static_cast<double>(std::numeric_limits<c10::BFloat16>::lowest())
                               : -3.4e38;
}

// The allowed action of the largest of these logits, the lowest index on ties; K for none.
at::Tensor best_actions(const at::Tensor& logits, const at::Tensor& mask) {
  const at::Tensor numbers = logits.to(at::kDouble), kinds = mask.to(at::kInt);
  const auto x = numbers.accessor<double, 2>();
  const auto allowed = kinds.accessor<int, 2>();
  std::vector<int64_t> out;
  for (int64_t r = 0; r < numbers.size(0); ++r) {
    int64_t best = -1;
    for (int64_t a = 0; a <= kSlots; ++a)
      if (allowed[r][a] != 0 && (best < 0 || x[r][a] > x[r][best])) best = a;
    out.push_back(best < 0 ? kSlots : best);
  }
  return at::tensor(out, at::kLong);
}

// What holds in every dtype: `type` of the results, `near` how far from those of float32.
void check(const Output& out, const Output& expected, const at::Tensor& mask, at::ScalarType type,
           double near) {
  ASSERT_EQ(out.logits.scalar_type(), type);
  ASSERT_EQ(out.value.scalar_type(), type);
  ASSERT_EQ(out.action.scalar_type(), at::kLong);
  ASSERT_EQ(out.logits.sizes(), expected.logits.sizes());
  ASSERT_EQ(out.value.sizes(), expected.value.sizes());
  EXPECT_TRUE(at::isfinite(out.logits).all().item<bool>());
  const at::Tensor forbidden = out.logits.masked_select(mask == 0);
  const double lowest = at::scalar_tensor(lowest_of(type), type).item<double>();
  EXPECT_TRUE((forbidden.to(at::kDouble) == lowest).all().item<bool>());
  EXPECT_EQ(at::softmax(out.logits.slice(0, 2), 1)
                .masked_select(mask.slice(0, 2) == 0)
                .sum()
                .item<double>(),
            0.0);
  const auto apart = [](const at::Tensor& a, const at::Tensor& b) {
    return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
  };
  EXPECT_LE(apart(out.logits.masked_select(mask != 0), expected.logits.masked_select(mask != 0)),
            near);
  const at::Tensor some = (mask != 0).any(1);  // where nothing is allowed a Q-value is the lowest
  EXPECT_LE(apart(out.value.masked_select(some), expected.value.masked_select(some)), near);
  EXPECT_TRUE(at::equal(out.action, best_actions(out.logits, mask)));
}

TEST(Dtypes, ModulesThatAreCastAnswerInTheirDtype) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(name_of(c));
    const PolicyWeights weights = weights_of(c);
    const Input in = input_of(weights);
    torch::jit::Module plain = load(weights);
    const Output expected = ask(plain, in);
    check(expected, expected, in.mask, at::kFloat, 0.0);
    for (const auto& [type, near] :
         {std::pair{at::kHalf, 0.03}, {at::kBFloat16, 0.2}, {at::kDouble, 1e-5}}) {
      SCOPED_TRACE(at::toString(type));
      torch::jit::Module module = load(weights);
      module.to(type);
      for (int call = 0; call < 2; ++call)  // the plans of later calls are optimised
        check(ask(module, in), expected, in.mask, type, near);
      for (const at::ScalarType obs : {at::kHalf, at::kBFloat16, at::kFloat, at::kDouble}) {
        const Input rounded = {in.obs.to(obs).to(at::kFloat), in.mask};
        const Output same = ask(module, {in.obs.to(obs), in.mask.to(at::kBool)});
        EXPECT_TRUE(at::equal(same.logits, ask(module, rounded).logits)) << at::toString(obs);
        check(same, ask(plain, rounded), in.mask, type, near);
      }
    }
  }
}

TEST(Dtypes, DoubleIsTheFormulaInDouble) {
  for (const Case& c : cases()) {
    if (c.head != PolicyHead::kLogits) continue;
    SCOPED_TRACE(name_of(c));
    const PolicyWeights weights = weights_of(c);
    const Input in = input_of(weights);
    torch::jit::Module module = load(weights);
    module.to(at::kDouble);
    const Output out = ask(module, in);
    const auto exact = evaluate_weights<double>(weights, kSlots, kRows, in.obs.data_ptr<float>());
    for (int64_t i = 0; i < kRows * (kSlots + 1); ++i) {
      if (in.mask.flatten()[i].item<int>() == 0) continue;
      ASSERT_NEAR(out.logits.flatten()[i].item<double>(), exact.logits[static_cast<size_t>(i)],
                  1e-12);
    }
    for (int64_t r = 0; r < kRows; ++r)
      ASSERT_NEAR(out.value[r].item<double>(), exact.value[static_cast<size_t>(r)], 1e-12);
  }
}

TEST(Dtypes, AutocastAnswersInItsDtype) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(name_of(c));
    const PolicyWeights weights = weights_of(c);
    const Input in = input_of(weights);
    torch::jit::Module module = load(weights);
    const Output expected = ask(module, in);
    const at::ScalarType before = at::autocast::get_autocast_dtype(at::kCPU);
    for (const auto& [type, near] : {std::pair{at::kHalf, 0.03}, {at::kBFloat16, 0.2}}) {
      SCOPED_TRACE(at::toString(type));
      at::autocast::set_autocast_dtype(at::kCPU, type);
      at::autocast::set_autocast_enabled(at::kCPU, true);
      std::vector<Output> answers;
      for (const at::ScalarType obs : {at::kFloat, at::kFloat, at::kFloat, at::kDouble})
        answers.push_back(ask(module, {in.obs.to(obs), in.mask}));
      at::autocast::set_autocast_enabled(at::kCPU, false);
      at::autocast::clear_cache();
      for (const Output& out : answers) check(out, expected, in.mask, type, near);
    }
    at::autocast::set_autocast_dtype(at::kCPU, before);
    EXPECT_TRUE(at::equal(ask(module, in).logits, expected.logits));
  }
}

TEST(Dtypes, OtherObservationsAndMasksChangeNothing) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(name_of(c));
    const PolicyWeights weights = weights_of(c);
    const Input in = input_of(weights);
    torch::jit::Module module = load(weights);
    const Output expected = ask(module, in);
    const at::Tensor wide = at::zeros({kRows, 2 * weights.shape.obs()});
    const at::Tensor strided = wide.slice(1, 0, c10::nullopt, 2);
    strided.copy_(in.obs);
    ASSERT_FALSE(strided.is_contiguous());
    const at::Tensor turned = in.mask.t().contiguous().t();
    ASSERT_FALSE(turned.is_contiguous());
    for (const Input& other :
         {Input{in.obs.to(at::kDouble), in.mask}, Input{strided, turned},
          Input{in.obs.t().contiguous().t(), in.mask.to(at::kBool)},
          Input{in.obs, in.mask.to(at::kLong)}, Input{in.obs, in.mask.to(at::kFloat)}}) {
      const Output out = ask(module, other);
      EXPECT_TRUE(at::equal(out.logits, expected.logits));
      EXPECT_TRUE(at::equal(out.value, expected.value));
      EXPECT_TRUE(at::equal(out.action, expected.action));
    }
    const Output none = ask(module, {in.obs.slice(0, 0, 0), in.mask.slice(0, 0, 0)});
    EXPECT_EQ(none.logits.sizes(), (std::vector<int64_t>{0, kSlots + 1}));
    EXPECT_EQ(none.value.sizes(), (std::vector<int64_t>{0}));
    EXPECT_EQ(none.action.sizes(), (std::vector<int64_t>{0}));
    EXPECT_EQ(none.action.scalar_type(), at::kLong);
  }
}

TEST(Dtypes, StatisticsThatHalfCannotHoldAreKept) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(name_of(c));
    PolicyWeights weights = weights_of(c);
    Input in = input_of(weights);
    // Numbers around a million with a deviation of 100,000: seconds, say, or bytes.
    const at::Tensor z = (in.obs - in.obs.mean()) / in.obs.std();
    in.obs = at::where(in.obs == 0, in.obs, 1e6f + 1e5f * z);
    for (float& mean : weights.obs_mean) mean = 1e6f;
    for (float& var : weights.obs_var) var = 1e10f;
    torch::jit::Module plain = load(weights);
    const Output expected = ask(plain, in);
    for (const auto& [type, near] : {std::pair{at::kHalf, 0.03}, {at::kBFloat16, 0.2}}) {
      SCOPED_TRACE(at::toString(type));
      torch::jit::Module module = load(weights);
      module.to(type);
      check(ask(module, in), expected, in.mask, type, near);
    }
  }
}

}  // namespace
}  // namespace cusched::testing
