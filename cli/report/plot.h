// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

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

// A row of a box plot: quantiles 5, 25, 50, 75, 95 % and the mean.
struct BoxRow {
  std::string name;
  double q05 = 0, q25 = 0, q50 = 0, q75 = 0, q95 = 0, mean = 0;
  bool highlight = false;
};

// A line of a curve plot; x rises.
struct Curve {
  std::string name;
  std::vector<double> x, y;
};

// `log_scale` is ignored where a value to draw is not positive. Empty rows give "".
std::string interval_plot(const std::string& title, const std::string& x_label,
                          const std::vector<IntervalRow>& rows, bool log_scale);
std::string box_plot(const std::string& title, const std::string& x_label,
                     const std::vector<BoxRow>& rows, bool log_scale);
std::string curve_plot(const std::string& title, const std::string& x_label,
                       const std::string& y_label, const std::vector<Curve>& curves);

// CSS of the plots' classes and of the colour variables, for a <style> element.
std::string plot_style();

// Several plots under each other as one SVG file. `style`: plot_style() and what else they need.
std::string svg_file(const std::vector<std::string>& plots, const std::string& style);

// Round numbers in [low, high], about `count` of them; for a log scale powers of ten, with 2 and 5
// between when there are few.
std::vector<double> axis_ticks(double low, double high, int count, bool log_scale);

}  // namespace cusched
