// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace cusched {

// Host builders of the inverse-CDF tables of quantile.h, by + - * / code alone (portable_math.h),
// so that every machine builds the same integers. Layout: (2, kQuantileNodes).
using QuantileTable = std::vector<int64_t>;

// value(distance, upper): the quantile at `distance` in (0, 1/2] from the lower or the upper end;
// the table holds it times `scale`, rounded to the nearest integer.
QuantileTable build_quantiles(const std::function<double(double distance, bool upper)>& value,
                              double scale);

QuantileTable exponential_table(double scale);     // mean 1
const QuantileTable& standard_normal_table_q32();  // built once

// e^X for X ~ gamma(shape, scale parameter `theta`) given X <= log_max (jobs above are redrawn by
// Lublin and Feitelson's program, which is the same as cutting the distribution).
QuantileTable log_gamma_table(double shape, double theta, double log_max, double scale);

// Regularised incomplete gamma functions, x >= 0: P = lower, Q = upper. Relative error about 1e-13.
struct GammaTails {
  double lower, upper;
};
GammaTails gamma_tails(double shape, double x);
double log_gamma(double x);  // ln of Euler's gamma function, x > 0
double digamma(double x);    // its derivative

// x with P(shape, x) = p (upper false) or Q(shape, x) = p (upper true), 0 < p < 1; by bisection.
double gamma_quantile(double shape, double p, bool upper);

// Mean of floor(quantile / 2^shift), at least `floor`, over 2^16 equal strata of probability.
double table_mean(const QuantileTable& table, int shift, int64_t floor);

// Thresholds of cumulative probability, 2^-32; the last is 2^32 - 1. Weights are >= 0, not all 0.
std::vector<uint32_t> cumulative_thresholds(const std::vector<double>& weights);

// Probability as a threshold: bits < threshold. p in [0, 1].
uint32_t probability_threshold(double p);

}  // namespace cusched
