// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "cli/evaluation.h"

namespace cusched {

// One axis of a plot: maps values to pixels. first > last: values rise upwards.
struct Axis {
  double low = 0, high = 1;    // low < high; a log scale: 0 < low
  double first = 0, last = 1;  // px
  bool log_scale = false;

  double at(double value) const;
  // The value's place, or the end of the axis that is nearer to it.
  double clipped(double value) const;
  bool holds(double value) const { return value >= low && value <= high; }
};

// An axis over all finite values, widened a little; linear axes that start near zero include it.
// `log_scale` is ignored where a value is not positive.
Axis axis_over(const std::vector<double>& values, bool log_scale, double first, double last);

// Round numbers in [low, high], about `count` of them; for a log scale powers of ten, with 2 and 5
// between when there are few.
std::vector<double> axis_ticks(double low, double high, int count, bool log_scale);

// The marks of an axis of a metric, in a unit that people use.
struct Ticks {
  std::vector<double> values;
  std::vector<std::string> texts;
  std::string unit;  // of the texts, e.g. "h", "%"; "" where the texts name it
};
Ticks ticks_of(const Axis& axis, const MetricInfo& metric, int count);

}  // namespace cusched
