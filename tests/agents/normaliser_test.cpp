// SPDX-License-Identifier: MIT
#include "agents/kernels/normaliser.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "agents/kernels/gae.h"
#include "agents/kernels/iteration.h"
#include "agents/kernels/nn.h"

namespace cusched {
namespace {

class NormaliserLayouts : public testing::TestWithParam<bool> {};

TEST_P(NormaliserLayouts, MatchesTwoPassStatisticsOverSeveralMerges) {
  const ObsLayout layout{3, 2, 2, GetParam()};
  constexpr int kMembers = 2, kEnvs = 5, kSteps = 130, kRollouts = 3;
  const int D = layout.obs(), stats = layout.stats();
  const int64_t samples = kSteps * kEnvs, blocks = (samples + kObsBlock - 1) / kObsBlock;
  ASSERT_GT(blocks, 1);
  std::vector<Moments> moments(static_cast<size_t>(kMembers * stats), Moments{});
  std::vector<std::vector<double>> values(moments.size());
  std::mt19937 random(2);
  std::normal_distribution<float> normal;
  for (int rollout = 0; rollout < kRollouts; ++rollout) {
    std::vector<float> obs(static_cast<size_t>(kSteps * kMembers * kEnvs * D));
    for (float& v : obs) v = 100 + rollout + normal(random);
    for (int64_t row = 0; row < kSteps * kMembers * kEnvs; ++row) {
      float* o = obs.data() + row * D;
      const int p = static_cast<int>(row / kEnvs % kMembers);
      const int empty = static_cast<int>(random() % 4);  // 3: none
      for (int f = 0; f < 2 && empty < 3; ++f) o[2 + empty * 2 + f] = 0;
      for (int d = 0; d < D; ++d) {
        if (layout.shared && d >= 2 && (d - 2) / 2 == empty) continue;
        values[static_cast<size_t>(p * stats + layout.stat_of(d))].push_back(o[d]);
      }
    }
    std::vector<double> partial(static_cast<size_t>(kMembers * blocks * stats * 3)), other(partial);
    const ObsSums sums{obs.data(), moments.data(), partial.data(), samples,
                       blocks,     kMembers,       kEnvs,          layout};
    ObsSums twin = sums;
    twin.partial = other.data();
    for (int64_t row = 0; row < kMembers * blocks; ++row) {
      ObsBlockSums{twin}(row);
      for (int c = 0; c < stats; ++c) sums(row, c);
    }
    EXPECT_EQ(partial, other);  // the two loops add in the same order
    for (int p = 0; p < kMembers; ++p)
      for (int c = 0; c < stats; ++c)
        MergeObsSums{partial.data(), moments.data(), blocks, stats}(SerialTeam{}, p * stats + c);
  }
  for (size_t i = 0; i < moments.size(); ++i) {
    double mean = 0, var = 0;
    for (const double v : values[i]) mean += v / static_cast<double>(values[i].size());
    for (const double v : values[i]) var += (v - mean) * (v - mean);
    EXPECT_EQ(moments[i].count, static_cast<double>(values[i].size()));
    EXPECT_NEAR(moments[i].mean, mean, 1e-9);
    EXPECT_NEAR(moments[i].m2 / var, 1.0, 1e-9);
  }
}
INSTANTIATE_TEST_SUITE_P(Kernels, NormaliserLayouts, testing::Bool());

TEST(Normaliser, ClampsAndLeavesEmptyCandidatesAtZero) {
  const ObsLayout layout{2, 1, 2, true};
  const float raw[] = {1000, 3, 4, 0, 0};
  const Moments moments[] = {{10, 1, 40}, {10, 1, 10}, {10, 2, 90}};  // variances 4, 1, 9
  float mean[5], scale[5], x[5];
  uint8_t valid[2];
  for (int d = 0; d < 5; ++d) FreezeMoments{moments, mean, scale, layout}(0, d);
  const ObsRows from{raw, nullptr, 0, 0, 0, 1};
  for (int d = 0; d < 5; ++d) NormaliseRow{from, mean, scale, x, 5}(0, d);
  for (int k = 0; k < 2; ++k) MarkValid{from, x, valid, layout}(0, k);
  EXPECT_FLOAT_EQ(x[0], 10);
  EXPECT_FLOAT_EQ(x[1], 2);
  EXPECT_NEAR(x[2], 2.0 / 3, 1e-6);
  EXPECT_EQ(x[3], 0);
  EXPECT_EQ(x[4], 0);
  EXPECT_EQ(valid[0], 1);
  EXPECT_EQ(valid[1], 0);
}

TEST(Normaliser, RowsOfTheCpuHaveTheBitsOfTheElements) {
  constexpr int D = 19, kRows = 20;
  std::mt19937 random(8);
  std::normal_distribution<float> normal;
  std::vector<float> obs(kRows * D), mean(D), scale(D), x(kRows * D, 1.0f), other(x);
  for (float& v : obs) v = 10 * normal(random);
  for (float& v : mean) v = normal(random);
  for (float& v : scale) v = normal(random);
  std::vector<int32_t> index(kRows);
  for (size_t i = 0; i < index.size(); ++i)
    index[i] = static_cast<int32_t>(i * 7 % kRows) - (i == 4);
  index[6] = -1;
  const ObsRows from{obs.data(), index.data(), kRows, 0, 0, kRows};
  const NormaliseRow one{from, mean.data(), scale.data(), x.data(), D};
  NormaliseRow two = one;
  two.x = other.data();
  for (int r = 0; r < kRows; ++r) {
    for (int d = 0; d < D; ++d) one(r, d);
    two.whole_row(r);
  }
  EXPECT_EQ(x, other);
}

TEST(RewardScale, IsTheDeviationOfTheRunningDiscountedReturn) {
  constexpr int kSteps = 50, kEnvs = 300;
  std::vector<float> reward(kSteps * kEnvs);
  std::vector<uint8_t> done(reward.size());
  std::vector<int32_t> elapsed(reward.size(), 60);
  std::mt19937 random(4);
  MemberParams params{};
  params.gamma = 0.9;
  MemberState state{};
  std::vector<double> running(kEnvs, 0.0), reference(kEnvs, 0.0), all;
  const int64_t blocks = sum_blocks(kEnvs);
  for (int rollout = 0; rollout < 2; ++rollout) {
    for (size_t i = 0; i < reward.size(); ++i) {
      reward[i] = static_cast<float>(random() % 1000) / 100.0f - 3;
      done[i] = random() % 20 == 0 ? 1 : 0;
    }
    RolloutView view{};
    view.reward = reward.data();
    view.done = done.data();
    view.elapsed_s = elapsed.data();
    view.steps = kSteps;
    view.lanes = view.envs = kEnvs;
    std::vector<LaneSums> sums(kEnvs), partial(static_cast<size_t>(blocks));
    for (int lane = 0; lane < kEnvs; ++lane)
      TrackReturns{view, &params, running.data(), sums.data(), false}(lane);
    for (int64_t b = 0; b < blocks; ++b)
      LaneBlockSums{sums.data(), partial.data(), kEnvs, blocks}(SerialTeam{}, b);
    UpdateRewardScale{partial.data(), &state, blocks, kSteps * kEnvs, true}(SerialTeam{}, 0);
    for (size_t lane = 0; lane < kEnvs; ++lane)
      for (size_t t = 0; t < kSteps; ++t) {
        double& r = reference[lane];
        r = r * static_cast<double>(0.9f) + reward[t * kEnvs + lane];
        all.push_back(r);
        if (done[t * kEnvs + lane]) r = 0;
      }
  }
  double mean = 0, var = 0;
  for (const double v : all) mean += v / static_cast<double>(all.size());
  for (const double v : all) var += (v - mean) * (v - mean) / static_cast<double>(all.size());
  EXPECT_NEAR(state.reward_scale * std::sqrt(var), 1.0, 1e-6);
}

}  // namespace
}  // namespace cusched
