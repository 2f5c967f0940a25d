// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "cli/evaluation.h"
#include "cli/statistics.h"

namespace cusched {

// Plots as inline SVG: text only, no external resource, colours from plot_style() so that they
// follow the reader's light or dark setting. NaN values are left out.

// A row of a dot plot: a mean with its interval.
struct IntervalRow {
  std::string name;
  Interval value;
  bool highlight = false;  // drawn in the accent colour: the learned policies
};

// Means with their intervals, a row each, in the given order, on the axis that interval_range()
// chooses; where most intervals are wider, it holds them. What does not fit on it is drawn as an
// arrow at its end; every row's value is written beside it. Empty rows give "".
std::string interval_plot(const std::string& title, const MetricInfo& metric,
                          const std::vector<IntervalRow>& rows);

// What an axis of means shows, so that no outlier squashes the others. Where a few rows (up to a
// quarter, at least one) make the span more than four times as wide and the others are within a
// factor of three (or not all positive), it ends before them; else it is a log scale where all are
// positive and the largest is more than 20 times the smallest.
struct IntervalRange {
  double low = 0, high = 1;  // of the means on the axis
  bool log_scale = false;
  int beyond = 0;  // rows whose mean is not on the axis
};
IntervalRange interval_range(const std::vector<IntervalRow>& rows);

// A line of a plot. x rises.
struct Curve {
  std::string name;  // "": not in the legend
  std::vector<double> x, y;
  bool quiet = false;  // one of many: thin and grey, below all others
};

// Lines over one axis, each with a colour and a dash of its own, which the legend names.
struct LinePlot {
  std::string title;
  MetricInfo x, y;     // unit and meaning of the axes
  bool log_x = false;  // x below `least_x` is drawn there
  double least_x = 0;
  bool steps = false;  // y stays until the next x
  double most_x = 0;   // > 0: the axis ends there
  std::vector<Curve> curves;
  std::vector<Curve> levels;  // y[0] alone: lines across the whole plot
};
// The axis upwards fits the curves and the levels near them, as a log scale where all are positive
// and the largest is more than 6 times the smallest. Levels far outside, and up to a quarter of the
// curves (at least one of three) that reach more than four times as high as the others, are named
// with their values at the edge. "" where no curve has a point.
std::string line_plot(const LinePlot& plot);

// CSS of the plots' classes and of the colour variables, for a <style> element.
std::string plot_style();

// Several plots under each other as one SVG file. `style`: plot_style() and what else they need.
std::string svg_file(const std::vector<std::string>& plots, const std::string& style);

}  // namespace cusched
