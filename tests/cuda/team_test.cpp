// SPDX-License-Identifier: MIT
#include "cuda/team.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "cuda/launch.h"
#include "cuda/stream.h"
#include "tests/cuda/gpu.h"
#include "tests/cuda/probe.h"

namespace cusched {
namespace {

using test::TeamProbe;
constexpr int64_t kItems = 400;  // teams of 0 to 399 numbers

std::vector<double> probe(const Exec& exec) {
  const DeviceMemory result(exec.device, kItems * TeamProbe::kResults * sizeof(double));
  const DeviceMemory scratch(exec.device, kItems * kItems * sizeof(double));
  launch_teams(
      exec, kItems,
      TeamProbe{static_cast<double*>(result.data()), static_cast<double*>(scratch.data()), kItems});
  return test::to_host<double>(exec, result);
}

// The sum of f(0) .. f(n - 1) as cuda/team.h describes it.
template <class F>
double in_order(int64_t n, const F& f) {
  std::vector<double> part(kTeam, 0.0);
  for (int64_t k = 0; k < n; ++k) part[static_cast<size_t>(k % kTeam)] += f(k);
  while (part.size() > 1) {
    const size_t half = part.size() / 2;
    for (size_t w = 0; w < half; ++w) part[w] += part[half + w];
    part.resize(half);
  }
  return part[0];
}

TEST(Team, AddsPartsOneByOneAndThenInPairs) {
  const std::vector<double> got = probe(Exec{});
  for (int64_t i = 0; i < kItems; ++i) {
    double most = -1;
    for (int64_t k = 0; k < i; ++k) most = std::max(most, TeamProbe::number(i, k));
    const double sum = in_order(i, [&](int64_t k) { return TeamProbe::number(i, k); });
    const double* const result = got.data() + i * TeamProbe::kResults;
    EXPECT_EQ(result[0], most) << i;
    EXPECT_NEAR(result[1], sum, 1e-5 * sum);
    EXPECT_EQ(result[2], sum) << i;
    EXPECT_EQ(result[3], 2 * sum) << i;
    EXPECT_EQ(result[4],
              in_order(i, [&](int64_t k) { return TeamProbe::number(i, i - 1 - k) * 0.5; }));
    EXPECT_EQ(result[5], -1);
    EXPECT_EQ(result[6], i > 0 ? TeamProbe::number(i, 0) : 0);
  }
}

TEST(Team, AddsNumbersSideBySide) {
  const Sums<2> sums = SerialTeam{}.sum(300, [](int64_t i) {
    return Sums<2>{{static_cast<double>(i), 1.0}};
  });
  EXPECT_EQ(sums.v[0], 299.0 * 150);
  EXPECT_EQ(sums.v[1], 300.0);
}

TEST(TeamGpu, ABlockGivesTheBitsOfTheHost) {
  CUSCHED_SKIP_WITHOUT_GPU();
  const Stream stream(Device{DeviceKind::kCuda, 0});
  EXPECT_EQ(probe(stream.exec()), probe(Exec{}));
}

}  // namespace
}  // namespace cusched
