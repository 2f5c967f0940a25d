// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "cuda/philox.h"
#include "envs/workload/quantile.h"
#include "envs/workload/tables.h"
#include "tests/envs/workload_test_util.h"

namespace cusched {
namespace {

double unit(uint32_t bits) { return (bits + 0.5) / 4294967296.0; }

// Largest |F(quantile(u)) - u| over a fine grid of u: the Kolmogorov-Smirnov distance of the
// table's distribution, without sampling noise.
template <class Cdf>
double table_distance(const QuantileTable& table, double scale, const Cdf& cdf) {
  double worst = 0;
  for (uint64_t bits = 777; bits < (uint64_t{1} << 32); bits += 40961) {
    const uint32_t b = static_cast<uint32_t>(bits);
    const double x = static_cast<double>(quantile(table.data(), b)) / scale;
    worst = std::max(worst, std::fabs(cdf(x) - unit(b)));
  }
  return worst;
}

// Kolmogorov-Smirnov distance of a sample drawn with Philox.
template <class Cdf>
double sample_distance(const QuantileTable& table, double scale, int n, const Cdf& cdf) {
  std::vector<double> x;
  const RngKey key{42, 0, 0, 0};
  for (int i = 0; i < n; ++i)
    x.push_back(static_cast<double>(quantile(table.data(), draw4(key, 99, i).v[0])) / scale);
  std::sort(x.begin(), x.end());
  double worst = 0;
  for (int i = 0; i < n; ++i) {
    const double f = cdf(x[i]);
    worst = std::max({worst, f - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - f});
  }
  return worst;
}

// Density of gamma(shape, 1) summed by Simpson's rule with libm: shares nothing with the tables.
class GammaReference {
 public:
  explicit GammaReference(double shape) : step_((shape + 40 * std::sqrt(shape)) / kSteps) {
    const auto density = [&](double x) {
      return x <= 0 ? 0.0 : std::exp((shape - 1) * std::log(x) - x - std::lgamma(shape));
    };
    cdf_.push_back(0);
    for (int i = 0; i < kSteps; ++i) {
      const double a = i * step_;
      cdf_.push_back(cdf_.back() +
                     step_ / 6 * (density(a) + 4 * density(a + step_ / 2) + density(a + step_)));
    }
  }
  double operator()(double x) const {
    const double at = x / step_;
    const int i = static_cast<int>(at);
    if (i >= kSteps) return 1;
    return cdf_[i] + (cdf_[i + 1] - cdf_[i]) * (at - i);
  }

 private:
  static constexpr int kSteps = 400000;
  double step_;
  std::vector<double> cdf_;
};

constexpr double kUnit = 4294967296.0;
constexpr int kSample = 200000;
// A sample of a true distribution exceeds 1.95 / sqrt(n) once in a thousand; the seed is fixed.
const double kSampleBound = 1.95 / std::sqrt(kSample);

TEST(Tables, ExponentialMatchesItsDoubleReference) {
  const QuantileTable table = exponential_table(kUnit);
  const auto cdf = [](double x) { return 1 - std::exp(-x); };
  EXPECT_LT(table_distance(table, kUnit, cdf), 1e-4);
  EXPECT_LT(sample_distance(table, kUnit, kSample, cdf), kSampleBound);
}

TEST(Tables, ExponentialTailsAreFine) {
  constexpr double kScale = 281474976710656.0;  // 2^48, as the arrivals use it
  const QuantileTable table = exponential_table(kScale);
  for (int k = 0; k < 32; ++k) {
    const uint32_t tail = k == 31 ? 0x7fffffffu : (1u << k) + (1u << k) / 3;
    const double upper = static_cast<double>(quantile(table.data(), ~tail)) / kScale;
    EXPECT_NEAR(upper, -std::log(unit(tail)), 2e-4) << k;
    const double lower = static_cast<double>(quantile(table.data(), tail)) / kScale;
    EXPECT_NEAR(lower / -std::log1p(-unit(tail)), 1, 2e-4) << k;
  }
}

TEST(Tables, NormalMatchesItsDoubleReference) {
  const QuantileTable& table = standard_normal_table_q32();
  const auto cdf = [](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); };
  EXPECT_LT(table_distance(table, kUnit, cdf), 1e-4);
  EXPECT_LT(sample_distance(table, kUnit, kSample, cdf), kSampleBound);
  for (uint32_t bits : {0u, 1u, 5u, 1000u, 1u << 20, 0x7fffffffu}) {
    const int64_t low = quantile(table.data(), bits), high = quantile(table.data(), ~bits);
    EXPECT_LE(std::abs(low + high), 1) << bits;  // symmetric
    EXPECT_NEAR(cdf(static_cast<double>(low) / kUnit) / unit(bits), 1, 2e-2) << bits;
  }
}

TEST(Tables, TruncatedLogGammaMatchesItsDoubleReference) {
  struct Case {
    double shape, theta, log_max;
  };
  // The published gammas of run times and gaps, and a strongly truncated one.
  for (const Case& c :
       {Case{4.2, 0.94, 12}, Case{312, 0.03, 12}, Case{10.46, 0.4871, 13}, Case{2.0, 3.0, 4}}) {
    const GammaReference reference(c.shape);
    const double cut = reference(c.log_max / c.theta);
    const auto cdf = [&](double x) {
      return x <= 1 ? 0.0 : std::min(1.0, reference(std::log(x) / c.theta) / cut);
    };
    const QuantileTable table = log_gamma_table(c.shape, c.theta, c.log_max, 1048576.0);
    EXPECT_LT(table_distance(table, 1048576.0, cdf), 2e-4) << c.shape;
    EXPECT_LT(sample_distance(table, 1048576.0, kSample, cdf), kSampleBound) << c.shape;
    EXPECT_LE(table.back() / 1048576.0, std::exp(c.log_max) * (1 + 1e-9));
  }
}

TEST(Tables, AreMonotone) {
  for (const QuantileTable& table : {exponential_table(kUnit), standard_normal_table_q32(),
                                     log_gamma_table(4.2, 0.94, 12, 65536.0)}) {
    int64_t last = INT64_MIN;
    for (uint64_t bits = 0; bits < (uint64_t{1} << 32); bits += 65519) {
      const int64_t x = quantile(table.data(), static_cast<uint32_t>(bits));
      EXPECT_GE(x, last);
      last = x;
    }
  }
}

TEST(Tables, GammaFunctionsMatchTheirReferences) {
  for (double x : {0.1, 0.5, 1.0, 1.5, 4.2, 12.0, 312.0, 5000.0}) {
    EXPECT_NEAR(log_gamma(x), std::lgamma(x), 1e-12 * std::max(1.0, std::fabs(std::lgamma(x))));
    const double h = 1e-5 * x;
    EXPECT_NEAR(digamma(x), (std::lgamma(x + h) - std::lgamma(x - h)) / (2 * h), 1e-5);
  }
  EXPECT_NEAR(gamma_tails(1.0, 2.0).upper, std::exp(-2.0), 1e-14);  // exponential
  EXPECT_NEAR(gamma_tails(0.5, 0.125).lower, std::erf(std::sqrt(0.125)), 1e-14);
  EXPECT_NEAR(gamma_tails(3.0, 1.0).lower, 1 - 2.5 * std::exp(-1.0), 1e-14);
  EXPECT_EQ(gamma_tails(3.0, 0.0).lower, 0.0);
  for (double p : {1e-9, 0.01, 0.5, 0.99}) {
    EXPECT_NEAR(gamma_tails(4.2, gamma_quantile(4.2, p, false)).lower / p, 1, 1e-9);
    EXPECT_NEAR(gamma_tails(4.2, gamma_quantile(4.2, p, true)).upper / p, 1, 1e-9);
  }
}

TEST(Tables, PickTakesEveryEntryAtItsShare) {
  const std::vector<uint32_t> cdf = cumulative_thresholds({0.4, 0.0, 0.35, 0.25, 0.0});
  int count[5] = {};
  for (uint64_t bits = 0; bits < (uint64_t{1} << 32); bits += 1 << 12)
    ++count[pick(cdf.data(), 5, static_cast<uint32_t>(bits))];
  EXPECT_NEAR(count[0] / 1048576.0, 0.4, 2e-6);
  EXPECT_EQ(count[1], 0);
  EXPECT_NEAR(count[2] / 1048576.0, 0.35, 2e-6);
  EXPECT_NEAR(count[3] / 1048576.0, 0.25, 2e-6);
  EXPECT_EQ(count[4], 0);
  EXPECT_EQ(pick(cdf.data(), 5, 0xffffffffu), 3);
}

TEST(Tables, KnotsInterpolateAUsersQuantiles) {
  uint16_t knots[kKnots];
  for (int i = 0; i < kKnots; ++i) knots[i] = static_cast<uint16_t>(500 + 550 * i / (kKnots - 1));
  EXPECT_EQ(knot_value(knots, 0), 500);
  EXPECT_EQ(knot_value(knots, 0xffffffffu), 1050);
  EXPECT_NEAR(knot_value(knots, 0x80000000u), 775, 1);
}

// Golden: the same integers on every machine. Regenerate with
// `test_envs --gtest_filter=Tables.HashesMatchGolden`, which prints what it found.
TEST(Tables, HashesMatchGolden) {
  EXPECT_EQ(hash_of(exponential_table(281474976710656.0)), 16773401950542405927u);
  EXPECT_EQ(hash_of(standard_normal_table_q32()), 7269110468780881759u);
  EXPECT_EQ(hash_of(log_gamma_table(4.2, 0.94, 12, 65536.0)), 11967103093440903620u);
  EXPECT_EQ(hash_of(log_gamma_table(312, 0.03, 12, 65536.0)), 6759750993197685085u);
  EXPECT_EQ(hash_of(log_gamma_table(10.46048175, 0.4871, 13, 1099511627776.0)),
            17763720106933889370u);
}

}  // namespace
}  // namespace cusched
