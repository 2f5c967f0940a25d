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
  launch_teams(exec, kItems, TeamProbe{static_cast<double*>(result.data())});
  return test::to_host<double>(exec, result);
}

TEST(Team, AddsPartsOneByOneAndThenInPairs) {
  const std::vector<double> got = probe(Exec{});
  for (int64_t i = 0; i < kItems; ++i) {
    std::vector<double> part(kTeam, 0.0);
    double most = -1;
    for (int64_t k = 0; k < i; ++k) {
      part[static_cast<size_t>(k % kTeam)] += TeamProbe::number(i, k);
      most = std::max(most, TeamProbe::number(i, k));
    }
    while (part.size() > 1) {
      const size_t half = part.size() / 2;
      for (size_t w = 0; w < half; ++w) part[w] += part[half + w];
      part.resize(half);
    }
    const double* const result = got.data() + i * TeamProbe::kResults;
    EXPECT_EQ(result[0], most) << i;
    EXPECT_NEAR(result[1], part[0], 1e-5 * part[0]);
    EXPECT_EQ(result[2], part[0]) << i;
    EXPECT_EQ(result[3], 2 * part[0]) << i;
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
