// SPDX-License-Identifier: MIT
#include "cuda/portable_math.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <limits>

#include "cuda/philox.h"

namespace cusched {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

// Distance to the long double result in units of the last place of the double result. Long double
// has 11 bits more on x86 (60 on others), so that its own error is below 0.001 ulp.
double ulps(double got, long double want) {
  if (got == static_cast<double>(want)) {
    if (std::isinf(got)) return 0;
  } else if (!std::isfinite(got) || std::isinf(static_cast<double>(want))) {
    return 1e9;
  }
  const double reference = std::fabs(static_cast<double>(want));
  const double next = std::nextafter(reference, kInf);
  const long double unit = std::isinf(next) ? 0x1p971L : static_cast<long double>(next) - reference;
  return static_cast<double>(std::fabs(got - want) / unit);
}

template <class F>
double random_between(uint32_t i, double low, double high, F map) {
  const Philox4 bits = philox4x32({{i, 0, 0, 0}}, 7, 11);
  const double unit = (bits.v[0] * 4294967296.0 + bits.v[1]) * 0x1p-64;
  return map(low + (high - low) * unit);
}

template <class Mine, class Reference, class Map>
double worst_ulps(double low, double high, Mine mine, Reference reference, Map map) {
  double worst = 0;
  for (uint32_t i = 0; i < 200000; ++i) {
    const double x = random_between(i, low, high, map);
    const double error = ulps(mine(x), reference(static_cast<long double>(x)));
    if (error > worst) worst = error;
  }
  return worst;
}

const auto kSame = [](double x) { return x; };
const auto kPowerOfTwo = [](double x) { return std::exp2(x); };

TEST(PortableMath, LogarithmsStayBelowTheirBoundOverTheWholeRangeAndNearOne) {
  const auto log_1 = [](double x) { return portable_log(x); };
  const auto log_2 = [](double x) { return portable_log2(x); };
  const auto log_10 = [](double x) { return portable_log10(x); };
  const auto ref_1 = [](long double x) { return std::log(x); };
  const auto ref_2 = [](long double x) { return std::log2(x); };
  const auto ref_10 = [](long double x) { return std::log10(x); };
  EXPECT_LT(worst_ulps(-1073, 1023, log_1, ref_1, kPowerOfTwo), 0.7);
  EXPECT_LT(worst_ulps(-1073, 1023, log_2, ref_2, kPowerOfTwo), 0.7);
  EXPECT_LT(worst_ulps(-1073, 1023, log_10, ref_10, kPowerOfTwo), 0.7);
  EXPECT_LT(worst_ulps(0.5, 2.0, log_1, ref_1, kSame), 0.7);
  EXPECT_LT(worst_ulps(0.5, 2.0, log_2, ref_2, kSame), 0.7);
  EXPECT_LT(worst_ulps(0.5, 2.0, log_10, ref_10, kSame), 0.7);
  EXPECT_LT(worst_ulps(0.999999, 1.000001, log_1, ref_1, kSame), 0.7);
  EXPECT_LT(worst_ulps(0.999999, 1.000001, log_10, ref_10, kSame), 0.7);
}

TEST(PortableMath, ExponentialsStayBelowTheirBoundOverTheWholeRangeAndNearZero) {
  const auto exp_1 = [](double x) { return portable_exp(x); };
  const auto exp_10 = [](double x) { return portable_pow10(x); };
  const auto ref_1 = [](long double x) { return std::exp(x); };
  const auto ref_10 = [](long double x) { return std::pow(10.0L, x); };
  EXPECT_LT(worst_ulps(-708, 709.7, exp_1, ref_1, kSame), 0.7);
  EXPECT_LT(worst_ulps(-1.5, 1.5, exp_1, ref_1, kSame), 0.7);
  EXPECT_LT(worst_ulps(-745, -708, exp_1, ref_1, kSame), 1.001);  // subnormal results
  EXPECT_LT(worst_ulps(-307, 308.2, exp_10, ref_10, kSame), 0.7);
  EXPECT_LT(worst_ulps(-1.5, 1.5, exp_10, ref_10, kSame), 0.7);
  EXPECT_LT(worst_ulps(-323, -307, exp_10, ref_10, kSame), 1.001);
}

TEST(PortableMath, IsExactWhereTheResultIs) {
  for (int k = -1074; k <= 1023; ++k) EXPECT_EQ(portable_log2(std::ldexp(1.0, k)), k);
  double ten = 1.0;
  for (int k = 0; k <= 22; ++k, ten *= 10.0) {
    EXPECT_EQ(portable_log10(ten), k);
    EXPECT_EQ(portable_pow10(k), ten);
  }
  EXPECT_EQ(portable_log(1.0), 0.0);
  EXPECT_EQ(portable_exp(0.0), 1.0);
}

TEST(PortableMath, GrowsWithItsArgument) {
  double x = 1.0;
  for (int i = 0; i < 100000; ++i) {
    const double next = x * 1.0003;
    ASSERT_LT(portable_log(x), portable_log(next)) << x;
    ASSERT_LE(portable_exp(1 / next), portable_exp(1 / x)) << x;
    x = next;
    if (x > 1e300) x = 1e-3;
  }
}

TEST(PortableMath, TakesSpecialValuesAsTheStandardDoes) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (auto* f : {&portable_log, &portable_log2, &portable_log10}) {
    EXPECT_EQ(f(0.0), -kInf);
    EXPECT_EQ(f(-0.0), -kInf);
    EXPECT_EQ(f(kInf), kInf);
    EXPECT_TRUE(std::isnan(f(-1.0)));
    EXPECT_TRUE(std::isnan(f(-kInf)));
    EXPECT_TRUE(std::isnan(f(nan)));
  }
  for (auto* f : {&portable_exp, &portable_pow10}) {
    EXPECT_EQ(f(kInf), kInf);
    EXPECT_EQ(f(-kInf), 0.0);
    EXPECT_TRUE(std::isnan(f(nan)));
  }
  EXPECT_EQ(portable_exp(709.782712893384), std::exp(709.782712893384));
  EXPECT_EQ(portable_exp(709.7827128933841), kInf);
  EXPECT_EQ(portable_exp(-744.4400719213812), 0x1p-1074);
  EXPECT_EQ(portable_exp(-745.2), 0.0);
  EXPECT_EQ(portable_pow10(308.3), kInf);
  EXPECT_EQ(portable_pow10(-324.0), 0.0);
}

// One 64-bit number over the bits of many results: another compiler, flag or machine that changes
// a single bit changes it. The tests above say whether the bits are right.
template <class F>
uint64_t hash_bits(double low, double high, F f) {
  uint64_t hash = 14695981039346656037ull;
  for (uint32_t i = 0; i < 10000; ++i) {
    // Rational arguments: no libm call may choose them.
    const double x = low + (high - low) * (philox4x32({{i, 1, 2, 3}}, 5, 6).v[0] * 0x1p-32);
    hash = (hash ^ portable::bits_of(f(x))) * 1099511628211ull;
  }
  return hash;
}

TEST(PortableMath, BitsMatchGolden) {
  EXPECT_EQ(hash_bits(1e-9, 1e9, portable_log), 14400459323001220154ull);
  EXPECT_EQ(hash_bits(1e-9, 1e9, portable_log2), 2001542827847834736ull);
  EXPECT_EQ(hash_bits(1e-9, 1e9, portable_log10), 8290327684296564450ull);
  EXPECT_EQ(hash_bits(-700, 700, portable_exp), 14649037966568087442ull);
  EXPECT_EQ(hash_bits(-300, 300, portable_pow10), 4289794352359011789ull);
}

TEST(PortableMath, KnownDigits) {
  EXPECT_EQ(portable::bits_of(portable_log(2.0)), 0x3FE62E42FEFA39EFull);
  EXPECT_EQ(portable::bits_of(portable_log(10.0)), 0x40026BB1BBB55516ull);
  EXPECT_EQ(portable::bits_of(portable_log2(10.0)), 0x400A934F0979A371ull);
  EXPECT_EQ(portable::bits_of(portable_log10(2.0)), 0x3FD34413509F79FFull);
  EXPECT_EQ(portable::bits_of(portable_exp(1.0)), 0x4005BF0A8B145769ull);
}

}  // namespace
}  // namespace cusched
