// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "agents/kernels/a2c_loss.h"
#include "agents/kernels/advantage_moments.h"
#include "agents/kernels/categorical.h"
#include "agents/kernels/gae.h"
#include "agents/kernels/iteration.h"
#include "agents/kernels/nn.h"
#include "agents/kernels/normaliser.h"
#include "agents/kernels/optimiser.h"
#include "agents/kernels/permutation.h"
#include "agents/kernels/ppo_loss.h"

namespace cusched {
namespace {

TEST(Categorical, SamplesAllowedActionsWithTheirProbabilities) {
  constexpr int kRows = 200000, kActions = 5;
  const float logits[kActions] = {0.5f, 3.0f, -1.0f, 0.0f, 1.0f};
  const uint8_t mask[kActions] = {1, 0, 1, 0, 1};
  std::vector<float> all_logits;
  std::vector<uint8_t> all_masks;
  for (int r = 0; r < kRows; ++r) {
    all_logits.insert(all_logits.end(), logits, logits + kActions);
    all_masks.insert(all_masks.end(), mask, mask + kActions);
  }
  std::vector<int32_t> action(kRows);
  std::vector<float> log_prob(kRows);
  const Counters counters{3, 0};
  const SampleActions sample{all_logits.data(),
                             all_masks.data(),
                             action.data(),
                             log_prob.data(),
                             &counters,
                             0,
                             2,
                             16,
                             9,
                             0,
                             kRows,
                             kActions};
  double total = 0, count[kActions] = {};
  for (int a = 0; a < kActions; ++a) total += mask[a] ? std::exp(double{logits[a]}) : 0;
  for (int r = 0; r < kRows; ++r) {
    sample(r);
    ASSERT_EQ(mask[action[r]], 1);
    count[action[r]] += 1;
    ASSERT_NEAR(log_prob[r], std::log(std::exp(double{logits[action[r]]}) / total), 1e-5);
  }
  for (int a = 0; a < kActions; ++a) {
    const double p = mask[a] ? std::exp(double{logits[a]}) / total : 0;
    EXPECT_NEAR(count[a] / kRows, p, 5 * std::sqrt(p * (1 - p) / kRows)) << "action " << a;
  }
}

TEST(Categorical, DrawsDependOnStepEnvironmentAndMemberOnly) {
  constexpr int kActions = 64;
  const std::vector<float> logits(4 * kActions, 0.0f);
  const std::vector<uint8_t> mask(4 * kActions, 1);
  const auto draw = [&](int64_t iteration, int64_t step, int member_offset, int envs,
                        int64_t lane) {
    std::vector<int32_t> action(4);
    std::vector<float> log_prob(4);
    const Counters counters{iteration, 0};
    const SampleActions sample{
        logits.data(), mask.data(), action.data(), log_prob.data(), &counters, lane, step, 8, 1,
        member_offset, envs,        kActions};
    sample(0);
    return action[static_cast<size_t>(lane)];
  };
  EXPECT_EQ(draw(0, 0, 1, 2, 1), draw(0, 0, 0, 2, 3));  // member 1 of its own batch, environment 1
  EXPECT_EQ(draw(1, 0, 0, 4, 2), draw(1, 0, 0, 4, 2));
  int different = 0;
  for (int i = 1; i <= 8; ++i) different += draw(i, 0, 0, 4, 2) != draw(0, 0, 0, 4, 2);
  EXPECT_GE(different, 6);
}

TEST(Categorical, ArgmaxTakesTheLowestAllowedIndexOnTies) {
  const float logits[] = {9, 2, 2, 1, -5, -5, -7, 0};
  const uint8_t mask[] = {0, 1, 1, 1, 0, 1, 1, 0};
  int32_t action[2];
  for (int r = 0; r < 2; ++r) ArgmaxActions{logits, mask, action, 4}(r);
  EXPECT_EQ(action[0], 1);
  EXPECT_EQ(action[1], 1);
}

TEST(PermutationOrder, IsABijectionThatDiffersByEpochAndMember) {
  for (const uint32_t n : {1u, 2u, 3u, 31u, 64u, 65u, 1000u, 4097u, 70001u}) {
    const int half = Permutation::half_bits(n);
    Permutation keys[3];
    Counters counters{2, 0};
    const EpochKeys epoch{keys, &counters, 4, 2, 11, 0};
    for (int p = 0; p < 2; ++p) epoch(p);
    counters.minibatch = 2;  // the next epoch
    EpochKeys{keys + 2, &counters, 4, 2, 11, 0}(0);
    std::vector<std::vector<uint32_t>> order;
    for (const Permutation& permutation : keys) {
      std::vector<uint32_t> seen(n, 0);
      order.emplace_back();
      for (uint32_t i = 0; i < n; ++i) {
        const uint32_t to = permutation(i, n, half);
        ASSERT_LT(to, n);
        ++seen[to];
        order.back().push_back(to);
      }
      EXPECT_EQ(std::count(seen.begin(), seen.end(), 1u), static_cast<int64_t>(n));
    }
    if (n < 31) continue;
    EXPECT_NE(order[0], order[1]);
    EXPECT_NE(order[0], order[2]);
    // No rank correlation with the identity.
    double sum = 0;
    for (uint32_t i = 0; i < n; ++i) sum += (i - (n - 1) / 2.0) * (order[0][i] - (n - 1) / 2.0);
    const double size = n;
    EXPECT_LT(std::fabs(sum) / (size * (size * size - 1) / 12), 5 / std::sqrt(size));
  }
}

TEST(PermutationOrder, MinibatchesCoverEverySampleOnce) {
  constexpr int kMembers = 2, kEnvs = 5, kSteps = 7, kSamples = 35, kRows = 12, kBatches = 3;
  Permutation keys[kMembers];
  Counters counters{0, 0};
  std::vector<int> seen(kMembers * kSamples, 0);
  for (counters.minibatch = 0; counters.minibatch < kBatches; ++counters.minibatch) {
    for (int p = 0; p < kMembers; ++p) EpochKeys{keys, &counters, 4, kBatches, 1, 0}(p);
    std::vector<int32_t> index(kMembers * kRows);
    const MinibatchIndex order{keys,     &counters, index.data(),
                               kRows,    kSamples,  kBatches,
                               kMembers, kEnvs,     Permutation::half_bits(kSamples)};
    for (int p = 0; p < kMembers; ++p)
      for (int r = 0; r < kRows; ++r) {
        order(p, r);
        const int32_t at = index[static_cast<size_t>(p * kRows + r)];
        if (at < 0) continue;
        EXPECT_EQ(at / kEnvs % kMembers, p);
        ++seen[static_cast<size_t>(at)];
      }
  }
  EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), kMembers * kSamples);
  EXPECT_EQ(kSteps * kEnvs, kSamples);
}

// Advantages by their definition: sum over l of (discount lambda)^l delta, from every step on.
TEST(GaeReference, MatchesADirectSumWithEndsAndElapsedTime) {
  constexpr int kSteps = 40, kLanes = 6, kFinal = 5;  // fewer rows than truncations
  for (const bool by_time : {false, true}) {
    std::mt19937 random(3);
    std::uniform_real_distribution<float> unit(-1, 1);
    std::vector<float> reward(kSteps * kLanes), value((kSteps + 1) * kLanes),
        final_value(kLanes * kFinal), log_prob(reward.size(), -0.5f);
    std::vector<PolicySample<float>> sample(reward.size());
    std::vector<int32_t> action(reward.size(), 3);
    std::vector<uint8_t> done(reward.size());
    std::vector<int32_t> elapsed(reward.size()), final_index(reward.size(), -1);
    std::vector<int> taken(kLanes, 0);
    for (float& v : reward) v = unit(random);
    for (float& v : value) v = unit(random);
    for (float& v : final_value) v = unit(random);
    for (int t = 0; t < kSteps; ++t)
      for (int lane = 0; lane < kLanes; ++lane) {
        const size_t i = static_cast<size_t>(t * kLanes + lane);
        elapsed[i] = static_cast<int32_t>(random() % 200);
        const uint32_t dice = random() % 10;
        done[i] = dice == 0 ? 1 : (dice < 3 ? 2 : 0);
        int& rows = taken[static_cast<size_t>(lane)];
        if (done[i] == 2 && rows < kFinal) final_index[i] = rows++;
      }
    MemberParams params[2] = {};
    OnPolicyParams coefficient[2] = {};
    MemberState state[2] = {};
    for (int p = 0; p < 2; ++p) {
      params[p].gamma = p == 0 ? 0.99 : 0.9;
      params[p].gamma_per_s = std::pow(params[p].gamma, 1.0 / 60);
      coefficient[p].lambda = p == 0 ? 0.95 : 0.8;
      state[p].reward_scale = p == 0 ? 1.0f : 0.5f;
    }
    RolloutView view{};
    view.reward = reward.data();
    view.done = done.data();
    view.elapsed_s = elapsed.data();
    view.final_index = final_index.data();
    view.action = action.data();
    view.steps = kSteps;
    view.lanes = kLanes;
    view.envs = kLanes / 2;
    view.final_rows = kFinal;
    const AdvantageView out{log_prob.data(), value.data(), final_value.data(), sample.data()};
    std::vector<LaneSums> sums(kLanes);
    int ends = 0, cuts = 0;
    for (int lane = 0; lane < kLanes; ++lane) {
      Gae{view, out, params, coefficient, state, sums.data(), by_time}(lane);
      const int p = lane / (kLanes / 2);
      const auto cut = [&](size_t i) { return done[i] == 2 && final_index[i] < 0; };
      for (int t = 0; t < kSteps; ++t) {
        double expected = 0, weight = 1;
        for (int u = t; u < kSteps; ++u) {
          const size_t i = static_cast<size_t>(u * kLanes + lane);
          if (cut(i)) break;  // its value was the bootstrap of the step before
          const double discount =
              by_time ? std::pow(params[p].gamma, elapsed[i] / 60.0) : params[p].gamma;
          double next = value[i + kLanes];
          if (done[i] == 1) next = 0;
          if (done[i] == 2) next = final_value[static_cast<size_t>(lane * kFinal + final_index[i])];
          expected += weight * (reward[i] * state[p].reward_scale + discount * next - value[i]);
          ends += done[i] != 0;
          if (done[i] != 0) break;
          weight *= discount * coefficient[p].lambda;
        }
        const size_t i = static_cast<size_t>(t * kLanes + lane);
        ASSERT_EQ(sample[i].action, cut(i) ? kUnusedSample : 3);
        cuts += cut(i);
        ASSERT_NEAR(sample[i].advantage, expected, 2e-5) << "lane " << lane << ", step " << t;
        ASSERT_NEAR(sample[i].target, expected + value[i], 2e-5);
        ASSERT_EQ(sample[i].old_value, value[i]);
      }
    }
    EXPECT_GT(ends, 10);
    EXPECT_GT(cuts, 3);
  }
}

TEST(IntegerPower, MatchesPow) {
  for (const uint32_t n : {0u, 1u, 2u, 7u, 60u, 3600u, 86400u})
    EXPECT_NEAR(integer_power(0.99999, n), std::pow(0.99999, n), 1e-12);
}

TEST(Pooling, RowsOfTheCpuHaveTheBitsOfTheElements) {
  constexpr int K = 5, G = 3, F = 2, H = 37, kRows = 9;
  std::mt19937 random(6);
  std::normal_distribution<float> normal;
  std::vector<float> e(kRows * K * H), x(kRows * (G + K * F)), c(kRows * (2 * H + G)), de(e.size());
  std::vector<uint8_t> valid(kRows * K);
  for (float& v : e) v = std::round(normal(random) * 4);  // ties
  for (float& v : x) v = normal(random);
  for (float& v : de) v = normal(random);
  for (size_t i = 0; i < valid.size(); ++i) valid[i] = i >= K && random() % 3 != 0;  // row 0: none
  std::vector<float> other_c(c), other_de(de);
  const PoolContext<float> pool{e.data(), x.data(), valid.data(), c.data(), K, G, F, H};
  PoolContext<float> other_pool = pool;
  other_pool.c = other_c.data();
  for (int r = 0; r < kRows; ++r) {
    for (int column = 0; column < 2 * H + G; ++column) pool(r, column);
    other_pool.whole_row(r);
  }
  EXPECT_EQ(c, other_c);
  const PoolGradient<float> gradient{e.data(), valid.data(), c.data(), de.data(), K, G, H};
  PoolGradient<float> other_gradient = gradient;
  other_gradient.de = other_de.data();
  for (int r = 0; r < kRows; ++r) {
    for (int h = 0; h < H; ++h) gradient(r, h);
    other_gradient.whole_row(r);
  }
  EXPECT_EQ(de, other_de);
}

}  // namespace
}  // namespace cusched
