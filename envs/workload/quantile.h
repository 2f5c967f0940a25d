// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"

namespace cusched {

// Inverse-CDF tables. 32 random bits b stand for the probability u = (b + 1/2) / 2^32. Each half of
// (0, 1) is cut into octaves towards its own end, every octave into 2^kQuantileSubBits equal parts,
// and values are interpolated linearly, so both tails stay fine down to 2^-33.
inline constexpr int kQuantileSubBits = 5;
inline constexpr int kQuantileNodes = (32 << kQuantileSubBits) + 1;  // of one half
inline constexpr int kQuantileTable = 2 * kQuantileNodes;            // lower half, then upper half

// Position of the highest set bit of x > 0.
CUSCHED_HD int high_bit(uint32_t x) {
#if CUSCHED_DEVICE_CODE
  return 31 - __clz(static_cast<int>(x));
#else
  return 31 - __builtin_clz(x);
#endif
}

// a + (b - a) * fraction / 2^16 without overflow for |b - a| < 2^62; rounds towards minus infinity.
CUSCHED_HD int64_t interpolate_q16(int64_t a, int64_t b, int64_t fraction) {
  const int64_t d = b - a;
  return a + (d >> 16) * fraction + (((d & 0xffff) * fraction) >> 16);
}

// Value at 32 random bits of `table`, (2, kQuantileNodes): node k * 2^sub + j of a half is the
// value at distance 2^k (1 + j / 2^sub) / 2^33 from that half's end.
CUSCHED_HD int64_t quantile(const int64_t* table, uint32_t bits) {
  const bool upper = (bits >> 31) != 0;
  const uint32_t x = ((upper ? ~bits : bits) << 1) | 1u;  // odd, in [1, 2^32)
  const int k = high_bit(x);
  const uint32_t rest = x << (31 - k) << 1;  // the bits below the highest one, left-aligned
  const int node = (k << kQuantileSubBits) + static_cast<int>(rest >> (32 - kQuantileSubBits));
  const int64_t fraction = (rest << kQuantileSubBits) >> 16;
  const int64_t* half = table + (upper ? kQuantileNodes : 0);
  return interpolate_q16(half[node], half[node + 1], fraction);
}

// Short tables of a user's numbers: kKnots values at equal steps of probability.
inline constexpr int kKnots = 33;

CUSCHED_HD int32_t knot_value(const uint16_t* knots, uint32_t bits) {
  const uint32_t i = bits >> 27;
  const int32_t fraction = static_cast<int32_t>((bits >> 11) & 0xffffu);
  const int32_t a = knots[i], b = knots[i + 1];
  return a + static_cast<int32_t>((int64_t{b - a} * fraction + 32768) >> 16);
}

// Index of the first of `n` rising thresholds above `bits`. The last threshold that counts is
// 2^32 - 1, so the largest number is taken for the one below: entries without weight are never hit.
CUSCHED_HD int pick(const uint32_t* cdf, int n, uint32_t bits) {
  int low = 0, high = n - 1;
  if (bits == 0xffffffffu) bits = 0xfffffffeu;
  while (low < high) {
    const int middle = (low + high) >> 1;
    if (bits < cdf[middle]) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

}  // namespace cusched
