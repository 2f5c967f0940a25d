// SPDX-License-Identifier: MIT
#include "cli/block_bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cuda/philox.h"

namespace cusched {
namespace {

TEST(BlockBootstrap, BlocksHoldTheWindowsThatShareJobs) {
  EXPECT_EQ(blocks_of({{0, 300, 600}, 200}).block, 0);       // apart
  EXPECT_EQ(blocks_of({{0, 200, 400, 600}, 200}).block, 1);  // side by side
  EXPECT_EQ(blocks_of({{0, 50, 100, 150, 200}, 200}).block, 4);
  EXPECT_EQ(blocks_of({{150, 0, 200, 100, 50}, 200}).block, 4);  // in any order
  WindowPlaces many{{}, 10};
  for (int i = 0; i < 27; ++i) many.starts.push_back(10 * i);
  EXPECT_EQ(blocks_of(many).block, 3);  // the cube root of 27
  EXPECT_EQ(blocks_of({}).block, 0);
}

// Independent standard normal numbers, by sums of uniform ones.
double noise(uint32_t run, uint32_t at) {
  double sum = -6;
  for (uint32_t i = 0; i < 3; ++i) {
    const Philox4 draw = draw4({9, run, at, 0}, 1, i);
    for (const uint32_t bits : draw.v) sum += unit_float(bits);
  }
  return sum;
}

// How often the interval holds the true mean 0: windows of 4 cells each, over `cells` cells, that
// begin every `stride` cells.
double coverage(int cells, int stride, bool blocks) {
  constexpr int kRuns = 400;
  constexpr int kLength = 4;
  int hits = 0;
  for (int run = 0; run < kRuns; ++run) {
    WindowPlaces places{{}, kLength};
    std::vector<double> samples;
    for (int start = 0; start + kLength <= cells; start += stride) {
      double sum = 0;
      for (int i = 0; i < kLength; ++i)
        sum += noise(static_cast<uint32_t>(run), static_cast<uint32_t>(start + i));
      places.starts.push_back(start);
      samples.push_back(sum);
    }
    const Interval interval =
        blocks ? window_interval(samples, places) : confidence_interval(samples);
    hits += interval.lo <= 0 && 0 <= interval.hi;
  }
  return hits / double{kRuns};
}

TEST(BlockBootstrap, HoldsTheMeanAsOftenAsItSays) {
  EXPECT_NEAR(coverage(24, 4, true), 0.95, 0.04);  // six windows side by side
  EXPECT_NEAR(coverage(64, 4, true), 0.95, 0.04);
  EXPECT_NEAR(coverage(24, 1, true), 0.95, 0.04);  // six, each shifted three times
  EXPECT_NEAR(coverage(64, 1, true), 0.95, 0.04);
  EXPECT_LT(coverage(24, 1, false), 0.80);  // Student's t takes shared jobs for news
}

TEST(BlockBootstrap, IsTheSameEveryTimeAndKnowsItsLimits) {
  const std::vector<double> samples = {3, 1, 4, 1, 5, 9, 2, 6};
  const Interval a = block_bootstrap(samples, {2, 1}), b = block_bootstrap(samples, {2, 1});
  EXPECT_EQ(a.lo, b.lo);
  EXPECT_EQ(a.hi, b.hi);
  EXPECT_DOUBLE_EQ(a.mean, 3.875);
  EXPECT_LT(a.lo, a.mean);
  EXPECT_GT(a.hi, a.mean);
  EXPECT_TRUE(std::isnan(block_bootstrap(samples, {5, 1}).lo));  // 1.6 blocks
  const Interval same = block_bootstrap({2, 2, 2, 2}, {1, 1});
  EXPECT_DOUBLE_EQ(same.lo, 2);
  EXPECT_DOUBLE_EQ(same.hi, 2);
  EXPECT_EQ(block_bootstrap({1, NAN, 2, 3, 4}, {1, 1}).n, 4);
}

TEST(BlockBootstrap, WindowsApartAreIndependentSamples) {
  const std::vector<double> samples = {3, 1, 4, 1};
  const Interval t = confidence_interval(samples);
  EXPECT_EQ(window_interval(samples, {{0, 100, 200, 300}, 50}).lo, t.lo);
  EXPECT_EQ(window_interval(samples, {}).lo, t.lo);
  EXPECT_NE(window_interval(samples, {{0, 50, 100, 150}, 50}).lo, t.lo);
  // In order of time, whatever that of the episodes.
  EXPECT_EQ(window_interval({3, 1, 4, 1, 5, 9, 2, 6}, {{0, 1, 2, 3, 4, 5, 6, 7}, 2}).lo,
            window_interval({6, 2, 9, 5, 1, 4, 1, 3}, {{7, 6, 5, 4, 3, 2, 1, 0}, 2}).lo);
}

}  // namespace
}  // namespace cusched
