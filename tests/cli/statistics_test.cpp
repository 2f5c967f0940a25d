// SPDX-License-Identifier: MIT
#include "cli/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cuda/error.h"

namespace cusched {
namespace {

const double kNan = std::numeric_limits<double>::quiet_NaN();

// Two-sided 95 % and 99 % points from published tables of Student's t (three decimals).
// Of a[i] - b[i], in a's unit and as a share of b.
Interval paired(const std::vector<double>& a, const std::vector<double>& b) {
  return confidence_interval(differences(a, b));
}
Interval relative_to(const std::vector<double>& a, const std::vector<double>& b) {
  return as_share(paired(a, b), a, b);
}

TEST(StudentT, CriticalValuesMatchPublishedTables) {
  const struct {
    int degrees;
    double t95, t99;
  } rows[] = {{1, 12.706, 63.657}, {2, 4.303, 9.925},  {3, 3.182, 5.841},   {4, 2.776, 4.604},
              {5, 2.571, 4.032},   {9, 2.262, 3.250},  {10, 2.228, 3.169},  {19, 2.093, 2.861},
              {30, 2.042, 2.750},  {60, 2.000, 2.660}, {100, 1.984, 2.626}, {120, 1.980, 2.617}};
  for (const auto& row : rows) {
    EXPECT_NEAR(student_t_critical(0.95, row.degrees), row.t95, 5.01e-4) << row.degrees;
    EXPECT_NEAR(student_t_critical(0.99, row.degrees), row.t99, 5.01e-4) << row.degrees;
  }
}

// Degrees 1 (Cauchy) and 2 have closed-form quantiles.
TEST(StudentT, CriticalValuesMatchClosedForms) {
  for (const double p : {0.1, 0.5, 0.9, 0.95, 0.999}) {
    EXPECT_NEAR(student_t_critical(p, 1) / std::tan(std::acos(-1.0) * p / 2), 1, 1e-12) << p;
    EXPECT_NEAR(student_t_critical(p, 2) / (p * std::sqrt(2 / (1 - p * p))), 1, 1e-12) << p;
  }
}

TEST(StudentT, TendsToTheNormalDistribution) {
  EXPECT_NEAR(student_t_critical(0.95, 10000000), 1.959963984540054, 1e-6);
  EXPECT_NEAR(student_t_within(1, 10000001), std::erf(1 / std::sqrt(2.0)), 1e-6);
}

// Simpson's rule over the density, for even and odd degrees.
TEST(StudentT, SeriesEqualsTheIntegralOfTheDensity) {
  for (const int v : {1, 2, 3, 4, 7, 10, 31}) {
    const double scale = std::exp(std::lgamma((v + 1) / 2.0) - std::lgamma(v / 2.0)) /
                         std::sqrt(v * std::acos(-1.0));
    const auto density = [&](double x) { return scale * std::pow(1 + x * x / v, -(v + 1) / 2.0); };
    const double t = 1.7;
    const int n = 2000;
    double sum = density(0) + density(t);
    for (int i = 1; i < n; ++i) sum += (i % 2 ? 4 : 2) * density(t * i / n);
    EXPECT_NEAR(student_t_within(t, v), 2 * sum * t / n / 3, 1e-10) << v;
  }
}

TEST(Statistics, IntervalOfKnownSamples) {
  // Mean 5, sample variance 32/7, n = 8: half width 2.364624 * sqrt(32/7/8).
  const Interval interval = confidence_interval({2, 4, 4, 4, 5, 5, 7, 9});
  EXPECT_EQ(interval.n, 8);
  EXPECT_DOUBLE_EQ(interval.mean, 5);
  EXPECT_NEAR(interval.half_width(), 2.364624 * std::sqrt(32.0 / 56), 1e-6);
  EXPECT_NEAR((interval.lo + interval.hi) / 2, 5, 1e-12);
}

TEST(Statistics, FewSamplesHaveNoInterval) {
  EXPECT_TRUE(std::isnan(confidence_interval({3}).lo));
  EXPECT_EQ(confidence_interval({3}).mean, 3);
  EXPECT_TRUE(std::isnan(confidence_interval({}).mean));
  EXPECT_EQ(confidence_interval({1, kNan, 3}).n, 2);
}

// A common term as large as the job streams' differences cancels in pairs only.
TEST(Statistics, PairsRemoveWhatBothSidesShare) {
  std::vector<double> a, b;
  for (int i = 0; i < 20; ++i) {
    const double shared = 1000 * std::sin(i);
    a.push_back(shared + 1 + 0.01 * (i % 3));
    b.push_back(shared);
  }
  const Interval difference = paired(a, b);
  EXPECT_GT(difference.lo, 1.0);
  EXPECT_LT(difference.hi, 1.02);
  EXPECT_LT(confidence_interval(a).lo, confidence_interval(b).hi);
  EXPECT_EQ(paired({1, kNan, 3}, {kNan, 2, 1}).n, 1);
  EXPECT_THROW(paired({1}, {1, 2}), Error);
}

TEST(Statistics, RelativeDifferenceIsPairedAndOverTheBaselinesMean) {
  // Differences -28, -30, -32 of a mean of 100; t(0.975, 2) = 4.302653.
  const Interval relative = relative_to({62, 70, 78}, {90, 100, 110});
  EXPECT_DOUBLE_EQ(relative.mean, -0.3);
  EXPECT_NEAR(relative.lo, -0.3 - 0.01 * 4.302653 * 2 / std::sqrt(3.0), 1e-8);
  EXPECT_NEAR(relative.hi, -0.3 + 0.01 * 4.302653 * 2 / std::sqrt(3.0), 1e-8);
  // Pairs that are not whole count on neither side; a negative mean keeps the direction.
  EXPECT_DOUBLE_EQ(relative_to({1, kNan, 3}, {2, 100, 4}).mean, -1.0 / 3);
  EXPECT_DOUBLE_EQ(relative_to({-5, -15}, {-10, -30}).mean, 0.5);
  EXPECT_FALSE(std::isfinite(relative_to({1, 2}, {0, 0}).mean));
  EXPECT_TRUE(std::isnan(relative_to({kNan}, {1}).mean));
}

TEST(Statistics, QuantilesInterpolate) {
  EXPECT_DOUBLE_EQ(quantile({4, 1, 3, 2}, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(quantile({4, 1, 3, 2}, 0), 1);
  EXPECT_DOUBLE_EQ(quantile({4, 1, 3, 2}, 1), 4);
  EXPECT_DOUBLE_EQ(quantile({10, 20, 30, 40, 50}, 0.95), 48);
  EXPECT_DOUBLE_EQ(quantile({7}, 0.3), 7);
  EXPECT_TRUE(std::isnan(quantile({}, 0.5)));
}

}  // namespace
}  // namespace cusched
