// SPDX-License-Identifier: MIT
#include "cli/block_bootstrap.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "cuda/philox.h"

namespace cusched {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kNormal = 1.959963984540054;  // 97.5 % quantile of the normal distribution

std::vector<size_t> by_start(const WindowPlaces& places) {
  std::vector<size_t> order(places.starts.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return places.starts[a] < places.starts[b]; });
  return order;
}

// What blocks keep of the variance of a mean. Windows that begin k apart of `overlap` share
// 1 - k / overlap of their jobs; two of a block lie k apart in 1 - k / block of the cases.
double kept_variance(const Blocks& of) {
  double kept = 1, all = 1;
  for (int k = 1; k < of.overlap; ++k) {
    const double shared = 1 - static_cast<double>(k) / of.overlap;
    all += 2 * shared;
    kept += 2 * shared * (1 - static_cast<double>(k) / of.block);
  }
  return kept / all;
}

}  // namespace

Blocks blocks_of(const WindowPlaces& places) {
  std::vector<int64_t> starts = places.starts;
  std::sort(starts.begin(), starts.end());
  bool touch = false;
  size_t most = 1;
  for (size_t i = 0; i < starts.size(); ++i) {
    size_t end = i + 1;
    while (end < starts.size() && starts[end] < starts[i] + places.length) ++end;
    most = std::max(most, end - i);
    touch |= i + 1 < starts.size() && starts[i + 1] <= starts[i] + places.length;
  }
  if (!touch) return {};
  size_t root = 1;
  while ((root + 1) * (root + 1) * (root + 1) <= starts.size()) ++root;
  return {static_cast<int>(std::max(most, root)), static_cast<int>(most)};
}

Interval block_bootstrap(const std::vector<double>& samples, const Blocks& of) {
  const int block = of.block;
  std::vector<double> values;
  for (const double x : samples)
    if (!std::isnan(x)) values.push_back(x);
  const size_t n = values.size();
  Interval interval{mean(values), kNan, kNan, static_cast<int>(n)};
  const double blocks = static_cast<double>(n) / block;
  if (blocks < 2) return interval;
  // sums[i]: of the first i values, which go on from their beginning.
  std::vector<double> sums(1, 0.0);
  for (size_t i = 0; i < n + static_cast<size_t>(block); ++i)
    sums.push_back(sums.back() + (values[i % n] - interval.mean));
  const int drawn = static_cast<int>((n + static_cast<size_t>(block) - 1) / block);
  std::vector<double> means(kResamples);
  for (int r = 0; r < kResamples; ++r) {
    double sum = 0;
    Philox4 draw{};
    for (int b = 0; b < drawn; ++b) {
      if (b % 4 == 0)
        draw = philox4x32({{static_cast<uint32_t>(r), static_cast<uint32_t>(b), 0, 0}}, 1, 0);
      const uint32_t from = bounded(draw.v[b % 4], static_cast<uint32_t>(n));
      sum += sums[from + static_cast<size_t>(block)] - sums[from];
    }
    means[r] = sum / (static_cast<double>(drawn) * block);
  }
  const double widened = std::sqrt(blocks / (blocks - 1) / kept_variance(of)) *
                         student_t_critical(0.95, std::max(1, static_cast<int>(blocks) - 1)) /
                         kNormal;
  interval.lo = interval.mean + widened * quantile(means, 0.025);
  interval.hi = interval.mean + widened * quantile(means, 0.975);
  return interval;
}

Interval window_interval(const std::vector<double>& samples, const WindowPlaces& places) {
  const Blocks blocks = blocks_of(places);
  if (blocks.block == 0 || places.starts.size() != samples.size())
    return confidence_interval(samples);
  std::vector<double> ordered;
  for (const size_t i : by_start(places)) ordered.push_back(samples[i]);
  return block_bootstrap(ordered, blocks);
}

}  // namespace cusched
