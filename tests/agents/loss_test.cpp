// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "agents/kernels/a2c_loss.h"
#include "agents/kernels/advantage_moments.h"
#include "agents/kernels/gae.h"
#include "agents/kernels/ppo_loss.h"

namespace cusched {
namespace {

TEST(PpoLoss, GradientMatchesFiniteDifferencesOnBothSidesOfTheClips) {
  constexpr int kActions = 4;
  const uint8_t mask[kActions] = {1, 0, 1, 1};
  constexpr double kStep = 1e-6;
  int clipped = 0;
  for (const double old_log_prob : {-0.5, -1.2, -3.0})
    for (const double advantage : {-2.0, 1.5})
      for (const bool clip_value : {false, true})
        for (const double value : {-0.6, 0.05, 0.9}) {
          double logits[kActions] = {0.3, 50.0, -0.4, 0.9}, dlogits[kActions], dvalue;
          double terms[kPpoTerms], spare[kActions], ignored;
          const PolicySample<double> sample{2, old_log_prob, advantage, 0.0, 0.35};
          const PpoCoefficients<double> coef{0.2, 0.05, 0.6, clip_value};
          const auto loss = [&](double v) {
            ppo_loss(logits, mask, kActions, v, sample, coef, 1.0, spare, &ignored, terms);
            return terms[kPolicyLoss] + coef.value_coef * terms[kValueLoss] -
                   coef.entropy * terms[kEntropy];
          };
          ppo_loss(logits, mask, kActions, value, sample, coef, 1.0, dlogits, &dvalue, terms);
          clipped += terms[kClipFraction] > 0;
          for (int a = 0; a < kActions; ++a) {
            const double kept = logits[a];
            logits[a] = kept + kStep;
            const double above = loss(value);
            logits[a] = kept - kStep;
            const double below = loss(value);
            logits[a] = kept;
            EXPECT_NEAR(dlogits[a], (above - below) / (2 * kStep), 1e-8) << "action " << a;
          }
          EXPECT_EQ(dlogits[1], 0.0);
          EXPECT_NEAR(dvalue, (loss(value + kStep) - loss(value - kStep)) / (2 * kStep), 1e-8);
        }
  EXPECT_GT(clipped, 0);
}

TEST(A2cLoss, GradientMatchesFiniteDifferences) {
  constexpr int kActions = 4;
  const uint8_t mask[kActions] = {1, 0, 1, 1};
  constexpr double kStep = 1e-6, kEntropy = 0.05, kValueCoef = 0.6;
  for (const double advantage : {-2.0, 1.5})
    for (const int action : {0, 2})
      for (const double value : {-0.6, 0.9}) {
        double logits[kActions] = {0.3, 50.0, -0.4, 0.9}, dlogits[kActions], dvalue;
        double terms[kA2cTerms], spare[kActions], ignored;
        const PolicySample<double> sample{action, 0.0, advantage, 0.0, 0.35};
        const auto loss = [&](double v) {
          a2c_loss(logits, mask, kActions, v, sample, kEntropy, kValueCoef, 1.0, spare, &ignored,
                   terms);
          return terms[kA2cPolicyLoss] + kValueCoef * terms[kA2cValueLoss] -
                 kEntropy * terms[kA2cEntropy];
        };
        // The weight scales both gradients.
        a2c_loss(logits, mask, kActions, value, sample, kEntropy, kValueCoef, 0.25, dlogits,
                 &dvalue, terms);
        for (int a = 0; a < kActions; ++a) {
          const double kept = logits[a];
          logits[a] = kept + kStep;
          const double above = loss(value);
          logits[a] = kept - kStep;
          const double below = loss(value);
          logits[a] = kept;
          EXPECT_NEAR(4 * dlogits[a], (above - below) / (2 * kStep), 1e-8) << "action " << a;
        }
        EXPECT_EQ(dlogits[1], 0.0);
        EXPECT_NEAR(4 * dvalue, (loss(value + kStep) - loss(value - kStep)) / (2 * kStep), 1e-8);
      }
}

TEST(A2cLoss, AnAdvantageIsTheReturnOfAllStepsThatAreLeft) {
  // Lambda 1: rewards up to the rollout's end and the last value, minus the value; a truncated step
  // adds the value of its final observation.
  constexpr int kSteps = 5;
  const std::vector<float> reward = {1, 2, 3, 4, 5}, value = {0.5f, 1, 1.5f, 2, 2.5f, 3};
  const float final_value = 7;
  const std::vector<int32_t> action(kSteps, 1), elapsed(kSteps, 60),
      final_index = {-1, 0, -1, -1, -1};
  const std::vector<uint8_t> done = {0, 2, 0, 0, 0};
  std::vector<PolicySample<float>> sample(kSteps);
  RolloutView view{};
  view.reward = const_cast<float*>(reward.data());
  view.done = const_cast<uint8_t*>(done.data());
  view.action = const_cast<int32_t*>(action.data());
  view.elapsed_s = const_cast<int32_t*>(elapsed.data());
  view.final_index = const_cast<int32_t*>(final_index.data());
  view.steps = kSteps;
  view.lanes = view.envs = view.final_rows = 1;
  MemberParams params{};
  params.gamma = 0.5;
  MemberState state{};
  state.reward_scale = 1;
  const OnPolicyParams coefficient{1.0, 0, 0};
  LaneSums sums;
  const AdvantageView out{nullptr, const_cast<float*>(value.data()),
                          const_cast<float*>(&final_value), sample.data()};
  Gae{view, out, &params, &coefficient, &state, &sums, false}(0);
  EXPECT_FLOAT_EQ(sample[4].target, 5 + 0.5f * 3);
  EXPECT_FLOAT_EQ(sample[3].target, 4 + 0.5f * 5 + 0.25f * 3);
  EXPECT_FLOAT_EQ(sample[2].target, 3 + 0.5f * 4 + 0.25f * 5 + 0.125f * 3);
  EXPECT_FLOAT_EQ(sample[1].target, 2 + 0.5f * 7);
  EXPECT_FLOAT_EQ(sample[0].target, 1 + 0.5f * 2 + 0.25f * 7);
  for (size_t t = 0; t < kSteps; ++t)
    EXPECT_FLOAT_EQ(sample[t].advantage, sample[t].target - value[t]);
}

TEST(PpoLoss, AdvantagesOfAMinibatchAreNormalisedByTheirOwnMoments) {
  constexpr int kRows = 300, kSamples = 300;
  std::vector<PolicySample<float>> sample(kSamples);
  for (size_t i = 0; i < kSamples; ++i)
    sample[i].advantage = std::sin(static_cast<float>(i)) * 3 + 5;
  std::vector<int32_t> index(kRows);
  for (int i = 0; i < kRows; ++i) index[static_cast<size_t>(i)] = (i * 7) % kSamples;
  const int64_t blocks = sum_blocks(kRows);
  std::vector<Sums<2>> partial(static_cast<size_t>(blocks));
  for (int64_t b = 0; b < blocks; ++b)
    AdvantageSums{sample.data(), index.data(), partial.data(), kRows, blocks}(SerialTeam{}, b);
  MemberState state{};
  const Counters counters{0, 0};
  AdvantageMoments{partial.data(), &state, &counters, blocks, {kRows, kSamples, 1}, true}(
      SerialTeam{}, 0);
  double mean = 0, square = 0;
  for (const auto& s : sample) mean += s.advantage / double{kSamples};
  for (const auto& s : sample)
    square += (s.advantage - mean) * (s.advantage - mean) / (kSamples - 1);
  EXPECT_NEAR(state.advantage_mean, mean, 1e-5);
  EXPECT_NEAR(state.advantage_scale, 1 / std::sqrt(square), 1e-5);
}

}  // namespace
}  // namespace cusched
