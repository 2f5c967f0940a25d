// SPDX-License-Identifier: MIT
#include "envs/workload/tables.h"

#include <algorithm>
#include <cmath>

#include "cuda/error.h"
#include "cuda/portable_math.h"
#include "envs/workload/quantile.h"

namespace cusched {

QuantileTable build_quantiles(const std::function<double(double, bool)>& value, double scale) {
  QuantileTable table(kQuantileTable);
  for (int half = 0; half < 2; ++half) {
    for (int node = 0; node < kQuantileNodes; ++node) {
      const int octave = node >> kQuantileSubBits;
      const int part = node & ((1 << kQuantileSubBits) - 1);
      double distance = 1.0 + part / static_cast<double>(1 << kQuantileSubBits);
      for (int i = octave; i < 33; ++i) distance *= 0.5;
      const double x = value(distance, half == 1) * scale;
      CUSCHED_CHECK(x > -9e18 && x < 9e18, "a quantile table does not fit 64 bits");
      table[half * kQuantileNodes + node] = static_cast<int64_t>(x < 0 ? x - 0.5 : x + 0.5);
    }
  }
  return table;
}

QuantileTable exponential_table(double scale) {
  return build_quantiles([](double d, bool upper) { return -portable_log(upper ? d : 1.0 - d); },
                         scale);
}

const QuantileTable& standard_normal_table_q32() {
  // P(|Z| > z) = Q(1/2, z^2 / 2).
  static const QuantileTable table = build_quantiles(
      [](double d, bool upper) {
        if (d >= 0.5) return 0.0;
        const double z = std::sqrt(2.0 * gamma_quantile(0.5, 2.0 * d, true));
        return upper ? z : -z;
      },
      4294967296.0);
  return table;
}

QuantileTable log_gamma_table(double shape, double theta, double log_max, double scale) {
  const GammaTails cut = gamma_tails(shape, log_max / theta);
  return build_quantiles(
      [&](double d, bool upper) {
        // 1 - (1 - d) P(cut) = Q(cut) + d P(cut), without cancellation.
        const double p = upper ? cut.upper + d * cut.lower : d * cut.lower;
        return portable_exp(std::min(gamma_quantile(shape, p, upper) * theta, log_max));
      },
      scale);
}

double log_gamma(double x) {
  // Stirling's series after shifting the argument to 12 or more.
  double shift = 1.0;
  while (x < 12.0) {
    shift *= x;
    x += 1.0;
  }
  const double z = 1.0 / (x * x);
  double series = -691.0 / 360360.0;
  series = series * z + 1.0 / 1188.0;
  series = series * z - 1.0 / 1680.0;
  series = series * z + 1.0 / 1260.0;
  series = series * z - 1.0 / 360.0;
  series = series * z + 1.0 / 12.0;
  constexpr double kHalfLogTwoPi = 0.91893853320467274178;
  return (x - 0.5) * portable_log(x) - x + kHalfLogTwoPi + series / x - portable_log(shift);
}

double digamma(double x) {
  double shift = 0.0;
  while (x < 12.0) {
    shift += 1.0 / x;
    x += 1.0;
  }
  const double z = 1.0 / (x * x);
  double series = 1.0 / 240.0;
  series = series * z - 1.0 / 252.0;
  series = series * z + 1.0 / 120.0;
  series = series * z - 1.0 / 12.0;
  return portable_log(x) - 0.5 / x + series * z - shift;
}

GammaTails gamma_tails(double shape, double x) {
  if (!(x > 0.0)) return {0.0, 1.0};
  const double front = portable_exp(shape * portable_log(x) - x - log_gamma(shape));
  if (x < shape + 1.0) {  // series for P
    double term = 1.0 / shape, sum = term;
    for (int n = 1; n < 100000 && term > sum * 1e-16; ++n) {
      term *= x / (shape + n);
      sum += term;
    }
    const double lower = std::min(front * sum, 1.0);
    return {lower, 1.0 - lower};
  }
  // Continued fraction for Q (modified Lentz).
  constexpr double kTiny = 1e-290;
  double b = x + 1.0 - shape, c = 1.0 / kTiny, d = 1.0 / b, h = d;
  for (int n = 1; n < 100000; ++n) {
    const double an = -n * (n - shape);
    b += 2.0;
    d = an * d + b;
    if (d > -kTiny && d < kTiny) d = kTiny;
    c = b + an / c;
    if (c > -kTiny && c < kTiny) c = kTiny;
    d = 1.0 / d;
    const double step = d * c;
    h *= step;
    if (step > 1.0 - 1e-16 && step < 1.0 + 3e-16) break;
  }
  const double upper = std::min(front * h, 1.0);
  return {1.0 - upper, upper};
}

double gamma_quantile(double shape, double p, bool upper) {
  double low = 0.0, high = shape + 1.0;
  const auto beyond = [&](double x) {  // whether x lies above the quantile
    const GammaTails tails = gamma_tails(shape, x);
    return upper ? tails.upper < p : tails.lower > p;
  };
  while (!beyond(high) && high < 1e6 * (shape + 1.0)) {
    low = high;
    high *= 2.0;
  }
  for (int i = 0; i < 200 && high - low > 1e-13 * high; ++i) {
    const double middle = 0.5 * (low + high);
    (beyond(middle) ? high : low) = middle;
  }
  return 0.5 * (low + high);
}

double table_mean(const QuantileTable& table, int shift, int64_t floor) {
  double sum = 0.0;
  for (uint32_t i = 0; i < 65536; ++i) {
    const int64_t x = quantile(table.data(), (i << 16) | 0x8000u) >> shift;
    sum += static_cast<double>(x < floor ? floor : x);
  }
  return sum / 65536.0;
}

std::vector<uint32_t> cumulative_thresholds(const std::vector<double>& weights) {
  double total = 0.0;
  for (const double w : weights) total += w;
  CUSCHED_CHECK(total > 0.0, "weights sum to zero");
  std::vector<uint32_t> cdf;
  double sum = 0.0;
  for (const double w : weights) {
    sum += w;
    cdf.push_back(probability_threshold(std::min(sum / total, 1.0)));
  }
  // From the last entry with weight on, so that rounding never reaches an entry without any.
  for (size_t i = weights.size(); i-- > 0;) {
    cdf[i] = 0xffffffffu;
    if (weights[i] > 0.0) break;
  }
  return cdf;
}

uint32_t probability_threshold(double p) {
  const double x = p * 4294967296.0 + 0.5;
  return x >= 4294967295.0 ? 0xffffffffu : static_cast<uint32_t>(x);
}

}  // namespace cusched
