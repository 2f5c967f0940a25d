// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

namespace cusched {

// A mean with its 95 % confidence interval (Student's t). With one sample the interval is unknown:
// lo and hi are NaN.
struct Interval {
  double mean = 0;
  double lo = 0, hi = 0;
  int n = 0;  // samples used: NaN samples (the metric did not exist in that episode) are left out

  double half_width() const { return (hi - lo) / 2; }
};

double mean(const std::vector<double>& samples);                // NaN when empty
double standard_deviation(const std::vector<double>& samples);  // n - 1 below; NaN when n < 2

// P(|X| <= t) for Student's t with `degrees` >= 1 degrees of freedom: the finite series for whole
// degrees of freedom (Abramowitz and Stegun, 26.7.3 and 26.7.4). t >= 0.
double student_t_within(double t, int degrees);

// The t with P(|X| <= t) = `confidence`, 0 < confidence < 1; e.g. (0.95, 9) = 2.26216.
double student_t_critical(double confidence, int degrees);

Interval confidence_interval(const std::vector<double>& samples, double confidence = 0.95);

// a[i] - b[i]; NaN where either is. Throws Error when the sizes differ.
std::vector<double> differences(const std::vector<double>& a, const std::vector<double>& b);
// `difference`, an interval of a[i] - b[i], over |mean of b| of the pairs without NaN: what a is
// above b, as a share of b's mean, which is taken as known. NaN and infinity where that is zero.
Interval as_share(Interval difference, const std::vector<double>& a, const std::vector<double>& b);

// The p-quantile, 0 <= p <= 1, linear between order statistics (Hyndman and Fan's type 7, what
// numpy does); NaN when empty.
double quantile(std::vector<double> samples, double p);

}  // namespace cusched
