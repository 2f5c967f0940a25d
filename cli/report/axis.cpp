// SPDX-License-Identifier: MIT
#include "cli/report/axis.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "cli/metric_info.h"
#include "cli/words.h"
#include "envs/inputs.h"

namespace cusched {
namespace {

constexpr double kMinute = 60, kHour = 3600, kDay = 86400;

// Times that people count in, for a log scale.
std::vector<double> round_times(double low, double high, bool fine) {
  const std::vector<double> few = {1,         10,   kMinute,   10 * kMinute, kHour,
                                   6 * kHour, kDay, 10 * kDay, 100 * kDay};
  const std::vector<double> many = {
      1,        2,           5,           10,           20,           kMinute / 2,
      kMinute,  2 * kMinute, 5 * kMinute, 10 * kMinute, 20 * kMinute, kHour / 2,
      kHour,    2 * kHour,   3 * kHour,   6 * kHour,    12 * kHour,   kDay,
      2 * kDay, 4 * kDay,    7 * kDay,    14 * kDay,    30 * kDay};
  std::vector<double> times;
  for (const double t : fine ? many : few)
    if (t >= low && t <= high) times.push_back(t);
  return times;
}

// "10 min", "1 h", "1 day": a round time in the largest unit that it holds once.
std::string round_time_text(double seconds) {
  if (seconds < kMinute) return rounded_text(seconds) + " s";
  if (seconds < kHour) return rounded_text(seconds / kMinute) + " min";
  if (seconds < kDay) return rounded_text(seconds / kHour) + " h";
  return rounded_text(seconds / kDay) + (seconds == kDay ? " day" : " days");
}

// With as many decimals as tell it from its neighbours.
std::string tick_text(double value, double step) {
  const int decimals = step > 0 ? static_cast<int>(std::ceil(-std::log10(step) - 1e-9)) : 0;
  const double size = std::max(std::fabs(value), step);
  if (decimals <= 0 && size < 1e15) return grouped(std::llround(value));
  if (size >= 1e15 || decimals > 6) return short_number(value);
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

}  // namespace

double Axis::at(double value) const {
  const double a = log_scale ? std::log10(low) : low;
  const double b = log_scale ? std::log10(high) : high;
  const double v = log_scale ? std::log10(value) : value;
  return first + (v - a) / (b - a) * (last - first);
}

double Axis::clipped(double value) const { return at(std::clamp(value, low, high)); }

Axis axis_over(const std::vector<double>& values, bool log_scale, double first, double last) {
  Axis axis{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
            first, last, log_scale};
  for (const double v : values) {
    if (!std::isfinite(v)) continue;
    axis.low = std::min(axis.low, v);
    axis.high = std::max(axis.high, v);
  }
  if (!(axis.low <= axis.high)) axis.low = axis.high = 1;
  axis.log_scale = log_scale && axis.low > 0;
  if (axis.log_scale) {
    axis.low /= 1.15;
    axis.high *= 1.15;
    return axis;
  }
  const double span = axis.high - axis.low;
  const double size = std::fabs(axis.high);
  const double pad = span > 0 ? 0.05 * span : size > 0 ? 0.1 * size : 1;
  const bool from_zero = axis.low >= 0 && axis.low < 0.5 * axis.high;
  axis.low = from_zero ? 0 : axis.low - pad;
  axis.high += pad;
  return axis;
}

std::vector<double> axis_ticks(double low, double high, int count, bool log_scale) {
  std::vector<double> ticks;
  if (!(low < high) || !std::isfinite(low) || !std::isfinite(high)) return ticks;
  if (log_scale) {
    const int first = static_cast<int>(std::floor(std::log10(low)));
    const int last = static_cast<int>(std::ceil(std::log10(high)));
    const int every = std::max(1, (last - first) / count);
    for (int decade = first; decade <= last; decade += every) {
      for (const double digit : {1.0, 2.0, 5.0}) {
        if (digit > 1 && last - first > 3) continue;
        const double tick = digit * std::pow(10.0, decade);
        if (tick >= low && tick <= high) ticks.push_back(tick);
      }
    }
    // Within half a decade there may be no such number: even steps serve as well there.
    return ticks.size() >= 2 ? ticks : axis_ticks(low, high, count, false);
  }
  const double raw = (high - low) / count;
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  double step = 10 * power;
  for (const double digit : {5.0, 2.0, 1.0})
    if (digit * power >= raw) step = digit * power;
  for (double i = std::ceil(low / step); i * step <= high; ++i)
    ticks.push_back(i * step + 0.0);  // never -0
  return ticks;
}

Ticks ticks_of(const Axis& axis, const MetricInfo& metric, int count) {
  Ticks ticks;
  if (axis.log_scale && metric.unit == "s") {
    ticks.values = round_times(axis.low, axis.high, false);
    if (ticks.values.size() < 3) ticks.values = round_times(axis.low, axis.high, true);
    for (const double t : ticks.values) ticks.texts.push_back(round_time_text(t));
    if (ticks.values.size() >= 2) return ticks;
    ticks.texts.clear();
  }
  double unit = 1;
  ticks.unit = metric.unit;
  if (metric.unit == "s") {
    const TimeUnit time = time_unit(axis.high);
    unit = time.seconds;
    ticks.unit = time.name;
  } else if (metric.share) {
    unit = 0.01;
    ticks.unit = "%";
  }
  ticks.values = axis_ticks(axis.low / unit, axis.high / unit, count, axis.log_scale);
  const double step = ticks.values.size() > 1 ? ticks.values[1] - ticks.values[0] : 0;
  for (double& tick : ticks.values) {
    ticks.texts.push_back(axis.log_scale ? short_number(tick) : tick_text(tick, step));
    tick *= unit;
  }
  return ticks;
}

}  // namespace cusched
