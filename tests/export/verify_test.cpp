// SPDX-License-Identifier: MIT
#include "export/verify.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "cuda/error.h"
#include "export/torchscript_policy.h"
#include "export/torchscript_writer.h"
#include "tests/export/policies.h"

namespace cusched::testing {
namespace {

// A trainer that decides as the weights do, but for `wrong` rows.
class FakeTrainer : public Policy {
 public:
  FakeTrainer(const PolicyWeights& weights, int64_t wrong) : weights_(weights), wrong_(wrong) {}

  void act(const Exec&, int64_t rows, const float* obs, const uint8_t* mask,
           int32_t* action) override {
    const int slots = weights_.shape.slots;
    const std::vector<int> exact = exact_actions(weights_, slots, rows, obs, mask);
    for (int64_t r = 0; r < rows; ++r) {
      action[r] = exact[static_cast<size_t>(r)];
      if (r < wrong_) action[r] = (action[r] + 1) % (slots + 1);
    }
    asked_ += rows;
  }
  int64_t asked() const { return asked_; }

 private:
  const PolicyWeights& weights_;
  int64_t wrong_;
  int64_t asked_ = 0;
};

PolicyWeights weights_of(const std::string& kind) {
  return make_weights(kind, "tanh", {16, 16}, make_shape(10, 7, 6), 4);
}

TEST(Verify, AcceptsWhatTheWriterWrites) {
  for (const std::string& kind : network_names()) {
    const PolicyWeights weights = weights_of(kind);
    FakeTrainer trainer(weights, 0);
    const VerifyRows fresh = probe_rows(weights, 10, 31, 77);
    const VerifyReport report =
        verify_policy("p.pt", serialise_policy(make_export(weights)), weights, &trainer, fresh);
    EXPECT_GE(report.rows, 256 + 31);
    EXPECT_EQ(trainer.asked(), 256 + 31);
    EXPECT_GT(report.logit_difference, 0.0) << "nothing was compared";
    // Well-conditioned weights: no rounding that would widen the tolerance.
    EXPECT_LE(report.rounding, kLogitTolerance / kRoundings) << kind;
    EXPECT_LE(report.logit_difference, kLogitTolerance)
        << kind << ", rounding " << report.rounding << ", value " << report.value_difference;
    EXPECT_LE(report.value_difference, kLogitTolerance) << kind;
    EXPECT_EQ(report.devices.substr(0, 3), "cpu");
  }
}

TEST(Verify, FindsOneWeightThatMoved) {
  for (const std::string& kind : network_names()) {
    const PolicyWeights weights = weights_of(kind);
    const std::string bytes = serialise_policy(make_export(weights));
    for (size_t i = 0; i < weights.weights.size(); ++i) {
      PolicyWeights other = weights;
      other.weights[i].values[0] += 0.01f;
      EXPECT_THROW(verify_policy("p.pt", bytes, other, nullptr, {}), Error)
          << kind << " " << weights.weights[i].name;
    }
    PolicyWeights other = weights;
    other.obs_mean.back() += 0.01f;
    EXPECT_THROW(verify_policy("p.pt", bytes, other, nullptr, {}), Error) << kind;
  }
}

// Weights whose logits come from large activations that cancel: float32 cannot keep 1e-5 there, on
// neither side, so the file is not refused; a weight that moved still is.
TEST(Verify, AcceptsRoundingAndFindsErrorsWhereActivationsAreLarge) {
  PolicyWeights weights = make_weights("pointer", "relu", {32, 32}, make_shape(10, 7, 6), 1);
  for (NamedTensor& tensor : weights.weights)
    for (float& v : tensor.values) v *= 3.0f;
  const std::string bytes = serialise_policy(make_export(weights));
  const VerifyReport report = verify_policy("p.pt", bytes, weights, nullptr, {});
  EXPECT_GT(report.rounding, kLogitTolerance / kRoundings) << "the test is about large rounding";
  EXPECT_GT(report.tolerance, kLogitTolerance);
  EXPECT_LT(report.tolerance, 1e-3);
  for (const size_t i : {size_t{0}, size_t{3}, weights.weights.size() - 2}) {
    PolicyWeights other = weights;
    other.weights[i].values[0] += 0.05f;
    EXPECT_THROW(verify_policy("p.pt", bytes, other, nullptr, {}), Error)
        << weights.weights[i].name;
  }
}

TEST(Verify, FindsATrainerThatDecidesOtherwiseAndWritesNothing) {
  const TestFolder folder("verify");
  const PolicyWeights weights = weights_of("mlp");
  FakeTrainer trainer(weights, 1);
  EXPECT_THROW(write_policy(folder.file("p.pt"), make_export(weights), &trainer), Error);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Verify, RefusesObservationsOfAnotherShape) {
  const PolicyWeights weights = weights_of("mlp");
  VerifyRows rows = probe_rows(weights, 10, 3, 1);
  rows.obs.pop_back();
  EXPECT_THROW(
      verify_policy("p.pt", serialise_policy(make_export(weights)), weights, nullptr, rows), Error);
}

TEST(Verify, ReadsAFile) {
  const TestFolder folder("file");
  const PolicyWeights weights = weights_of("pointer");
  write_policy(folder.file("p.pt"), make_export(weights));
  EXPECT_NO_THROW(verify_export(folder.file("p.pt"), weights, nullptr, {}));
  EXPECT_THROW(verify_export(folder.file("q.pt"), weights, nullptr, {}), InputError);
}

TEST(Verify, ProbesReachTheCorners) {
  const PolicyWeights weights = weights_of("pointer");
  const VerifyRows rows = probe_rows(weights, 10, 256, 1);
  int only_none = 0, no_candidate = 0, full = 0, beyond_clamp = 0;
  for (size_t r = 0; r < 256; ++r) {
    const uint8_t* mask = rows.mask.data() + r * 11;
    const float* obs = rows.obs.data() + r * 67;
    int valid = 0;
    for (int k = 0; k < 10; ++k)
      valid += std::any_of(obs + 7 + 6 * k, obs + 13 + 6 * k, [](float v) { return v != 0; });
    only_none += std::count(mask, mask + 10, 1) == 0 && mask[10] == 1;
    no_candidate += valid == 0;
    full += valid == 10;
    for (size_t i = 0; i < 7; ++i)
      beyond_clamp +=
          std::abs(obs[i] - weights.obs_mean[i]) > 10.0f * std::sqrt(weights.obs_var[i] + 1e-8f);
  }
  for (int count : {only_none, no_candidate, full, beyond_clamp}) EXPECT_GT(count, 2);
}

}  // namespace
}  // namespace cusched::testing
