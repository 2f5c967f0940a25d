// SPDX-License-Identifier: MIT
#include "cli/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "cuda/error.h"

namespace cusched {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kPi = 3.14159265358979323846;

}  // namespace

double mean(const std::vector<double>& samples) {
  if (samples.empty()) return kNan;
  double sum = 0;
  for (const double x : samples) sum += x;
  return sum / static_cast<double>(samples.size());
}

double standard_deviation(const std::vector<double>& samples) {
  if (samples.size() < 2) return kNan;
  const double centre = mean(samples);
  double sum = 0;
  for (const double x : samples) sum += (x - centre) * (x - centre);
  return std::sqrt(sum / static_cast<double>(samples.size() - 1));
}

double student_t_within(double t, int degrees) {
  CUSCHED_CHECK(degrees >= 1 && t >= 0, "Student's t needs t >= 0 and degrees >= 1");
  if (std::isinf(t)) return 1;
  const double v = degrees;
  const double sine = t / std::sqrt(v + t * t);
  const double cosine2 = v / (v + t * t);
  const bool odd = degrees % 2 == 1;
  // Sum of terms c_k cos^(2k): each is the one before times (2k - 1)/(2k) or (2k)/(2k + 1).
  double term = 1, sum = 0;
  const int terms = odd ? (degrees - 1) / 2 : degrees / 2;
  for (int k = 1; k <= terms; ++k) {
    sum += term;
    if (term < sum * 1e-18) break;
    term *= cosine2 * (odd ? 2.0 * k / (2.0 * k + 1) : (2.0 * k - 1) / (2.0 * k));
  }
  if (!odd) return sine * sum;
  return 2 / kPi * (std::atan2(t, std::sqrt(v)) + sine * std::sqrt(cosine2) * sum);
}

double student_t_critical(double confidence, int degrees) {
  CUSCHED_CHECK(confidence > 0 && confidence < 1, "a confidence lies between 0 and 1");
  double low = 0, high = 1;
  while (student_t_within(high, degrees) < confidence) high *= 2;
  // Bisection to the last bit or so: the probability rises strictly with t.
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    if (middle == low || middle == high) break;
    (student_t_within(middle, degrees) < confidence ? low : high) = middle;
  }
  return (low + high) / 2;
}

Interval confidence_interval(const std::vector<double>& samples, double confidence) {
  std::vector<double> known;
  for (const double x : samples)
    if (!std::isnan(x)) known.push_back(x);
  Interval interval;
  interval.n = static_cast<int>(known.size());
  interval.mean = mean(known);
  interval.lo = interval.hi = kNan;
  if (interval.n < 2) return interval;
  const double deviation = standard_deviation(known);
  const double half = student_t_critical(confidence, interval.n - 1) * deviation /
                      std::sqrt(static_cast<double>(interval.n));
  interval.lo = interval.mean - half;
  interval.hi = interval.mean + half;
  return interval;
}

std::vector<double> differences(const std::vector<double>& a, const std::vector<double>& b) {
  CUSCHED_CHECK(a.size() == b.size(),
                "paired samples differ in number: " + std::to_string(a.size()) + " and " +
                    std::to_string(b.size()));
  std::vector<double> difference(a.size());
  for (size_t i = 0; i < a.size(); ++i) difference[i] = a[i] - b[i];
  return difference;
}

Interval as_share(Interval interval, const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> base;
  for (size_t i = 0; i < a.size(); ++i)
    if (!std::isnan(a[i]) && !std::isnan(b[i])) base.push_back(b[i]);
  const double scale = std::fabs(mean(base));
  for (double* value : {&interval.mean, &interval.lo, &interval.hi}) *value /= scale;
  return interval;
}

double quantile(std::vector<double> samples, double p) {
  if (samples.empty()) return kNan;
  std::sort(samples.begin(), samples.end());
  const double position = p * static_cast<double>(samples.size() - 1);
  const size_t below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, samples.size() - 1);
  return samples[below] +
         (position - static_cast<double>(below)) * (samples[above] - samples[below]);
}

}  // namespace cusched
