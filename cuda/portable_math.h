// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstring>

#include "cuda/macros.h"

namespace cusched {

// Logarithms and exponentials in double that give the same bits on every machine and device: only
// + - * / and bit manipulation, compiled without FMA contraction. libm and the CUDA library differ
// in the last digit, so dynamics must not use them. Errors stay below 0.7 ulp (subnormal results:
// 1 ulp); results that are representable exactly (log2(8), log10(1000), pow10(3)) are exact.
// Special values as in C: log of 0 is -inf, of a negative number NaN.
//
// Method: the argument is cut into 2^k and a small part, whose Taylor series is summed; what must
// not be lost is carried as an unevaluated sum of two doubles (Dekker 1971; Knuth's two-sum).
namespace portable {

CUSCHED_HD uint64_t bits_of(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}
CUSCHED_HD double from_bits(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// hi + lo, with |lo| <= ulp(hi) / 2.
struct Pair {
  double hi, lo;
};

CUSCHED_HD Pair two_sum(double a, double b) {
  const double s = a + b;
  const double t = s - a;
  return {s, (a - (s - t)) + (b - t)};
}

// The exact product; |a|, |b| < 2^990.
CUSCHED_HD Pair two_product(double a, double b) {
  constexpr double kSplit = 134217729.0;  // 2^27 + 1: cuts 53 bits into 26 + 27
  const double ca = kSplit * a, cb = kSplit * b;
  const double a_hi = ca - (ca - a), b_hi = cb - (cb - b);
  const double a_lo = a - a_hi, b_lo = b - b_hi;
  const double p = a * b;
  return {p, ((a_hi * b_hi - p) + a_hi * b_lo + a_lo * b_hi) + a_lo * b_lo};
}

CUSCHED_HD Pair multiply(const Pair& a, const Pair& b) {
  const Pair p = two_product(a.hi, b.hi);
  return {p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi)};
}

constexpr double kInfinity = __builtin_huge_val();
constexpr uint64_t kMantissaBits = (uint64_t{1} << 52) - 1;

// x = 2^exponent * m, and ln(m) as a pair; m in [sqrt(1/2), sqrt(2)). x is positive and finite.
struct LogParts {
  double exponent;
  Pair log_m;
};
CUSCHED_HD LogParts log_parts(double x) {
  int exponent = 0;
  if (x < 0x1p-1022) {  // subnormal
    x *= 0x1p54;
    exponent = -54;
  }
  uint64_t bits = bits_of(x);
  exponent += static_cast<int>(bits >> 52) - 1023;
  bits &= kMantissaBits;
  // Above sqrt(2) the next power of two is nearer.
  const bool upper = bits >= uint64_t{0x6A09E667F3BCD};
  if (upper) ++exponent;
  const double m = from_bits(bits | (uint64_t{upper ? 1022u : 1023u} << 52));

  // ln(m) = 2 atanh(s) = 2 (s + s^3/3 + s^5/5 + ...), s = (m - 1) / (m + 1), |s| < 0.1716.
  const double f = m - 1.0;  // exact
  const Pair d = two_sum(m, 1.0);
  const double s = f / d.hi;
  const Pair back = two_product(s, d.hi);
  const double s_lo = (((f - back.hi) - back.lo) - s * d.lo) / d.hi;
  const double z = s * s;
  double series = 1.0 / 25.0;
  series = series * z + 1.0 / 23.0;
  series = series * z + 1.0 / 21.0;
  series = series * z + 1.0 / 19.0;
  series = series * z + 1.0 / 17.0;
  series = series * z + 1.0 / 15.0;
  series = series * z + 1.0 / 13.0;
  series = series * z + 1.0 / 11.0;
  series = series * z + 1.0 / 9.0;
  series = series * z + 1.0 / 7.0;
  series = series * z + 1.0 / 5.0;
  series = series * z + 1.0 / 3.0;
  return {static_cast<double>(exponent), two_sum(2.0 * s, 2.0 * (s_lo + s * (z * series)))};
}

// Logarithm to the base whose ln is 1 / scale; unit = log_base(2), its high part so short that
// exponent * unit.hi is exact.
CUSCHED_HD double log_scaled(double x, const Pair& unit, const Pair& scale) {
  if (!(x > 0.0)) return x == 0.0 ? -kInfinity : from_bits(uint64_t{0x7FF8000000000000});
  if (x == kInfinity) return x;
  const LogParts parts = log_parts(x);
  const Pair m = multiply(parts.log_m, scale);
  const Pair sum = two_sum(parts.exponent * unit.hi, m.hi);
  return sum.hi + (sum.lo + (m.lo + parts.exponent * unit.lo));
}

// 2^exponent * exp(r), r.hi in about [-0.35, 0.35].
CUSCHED_HD double exp_scaled(int exponent, const Pair& r) {
  const double x = r.hi;
  double series = 1.0 / 87178291200.0;       // 1/14!
  series = series * x + 1.0 / 6227020800.0;  // 1/13!
  series = series * x + 1.0 / 479001600.0;
  series = series * x + 1.0 / 39916800.0;
  series = series * x + 1.0 / 3628800.0;
  series = series * x + 1.0 / 362880.0;
  series = series * x + 1.0 / 40320.0;
  series = series * x + 1.0 / 5040.0;
  series = series * x + 1.0 / 720.0;
  series = series * x + 1.0 / 120.0;
  series = series * x + 1.0 / 24.0;
  series = series * x + 1.0 / 6.0;
  series = series * x + 0.5;
  const Pair sum = two_sum(1.0, x);
  const double value = sum.hi + (sum.lo + (x * x * series + (r.lo + r.lo * x)));
  // In two factors, because 2^exponent alone may be out of range.
  const int half = exponent / 2;
  const double first = from_bits(static_cast<uint64_t>(half + 1023) << 52);
  const double second = from_bits(static_cast<uint64_t>(exponent - half + 1023) << 52);
  return value * first * second;
}

// Functions, because device code cannot refer to a host constant of class type.
CUSCHED_HD Pair ln_2() { return {0x1.62e42fefa3800p-1, 0x1.ef35793c76730p-45}; }
CUSCHED_HD Pair log10_2() { return {0x1.34413509f7800p-2, 0x1.fef311f12b358p-46}; }
CUSCHED_HD Pair inverse_ln_2() { return {0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56}; }
CUSCHED_HD Pair inverse_ln_10() { return {0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57}; }
CUSCHED_HD Pair ln_10() { return {0x1.26bb1bbb55516p+1, -0x1.f48ad494ea3e9p-53}; }

}  // namespace portable

CUSCHED_HD double portable_log(double x) {
  return portable::log_scaled(x, portable::ln_2(), {1.0, 0.0});
}

CUSCHED_HD double portable_log2(double x) {
  return portable::log_scaled(x, {1.0, 0.0}, portable::inverse_ln_2());
}

CUSCHED_HD double portable_log10(double x) {
  return portable::log_scaled(x, portable::log10_2(), portable::inverse_ln_10());
}

CUSCHED_HD double portable_exp(double x) {
  if (x != x) return x;
  if (x > 710.0) return portable::kInfinity;
  if (x < -746.0) return 0.0;
  const int k = static_cast<int>(x * portable::inverse_ln_2().hi + (x < 0 ? -0.5 : 0.5));
  const double rest = x - k * portable::ln_2().hi;  // exact
  return portable::exp_scaled(k, portable::two_sum(rest, -(k * portable::ln_2().lo)));
}

// 10^x.
CUSCHED_HD double portable_pow10(double x) {
  if (x != x) return x;
  if (x > 309.0) return portable::kInfinity;
  if (x < -325.0) return 0.0;
  constexpr double kLog2Of10 = 0x1.a934f0979a371p+1;
  const int k = static_cast<int>(x * kLog2Of10 + (x < 0 ? -0.5 : 0.5));
  const double rest = x - k * portable::log10_2().hi;  // exact
  const portable::Pair r = portable::two_sum(rest, -(k * portable::log10_2().lo));
  return portable::exp_scaled(k, portable::multiply(r, portable::ln_10()));
}

}  // namespace cusched
