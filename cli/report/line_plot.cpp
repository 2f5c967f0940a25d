// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>

#include "cli/metric_info.h"
#include "cli/report/axis.h"
#include "cli/report/plot.h"
#include "cli/report/svg.h"

// Lines over one axis, with a legend.
namespace cusched {
namespace {

constexpr double kFont = 13;
constexpr double kLeft = 74, kRight = 22;
constexpr double kHead = 34;  // title
constexpr double kLegendRow = 20;
constexpr double kUpLabel = 18;  // what is drawn upwards
constexpr double kHeight = 240;  // of the plot itself
constexpr double kFoot = 46;     // tick labels and axis label
constexpr double kSample = 28;   // a legend's piece of line
constexpr size_t kStyles = 8;    // that plot_style() knows

constexpr double kWide = 6;        // largest value by smallest: a log scale
constexpr double kOutlier = 4;     // a curve's height by that of the others
constexpr double kNearShare = .5;  // of the curves' size: levels so far outside are on the axis,
constexpr double kNearFactor = 3;  // on a log scale those within this factor

// Colours and dashes of the lines, "line c0 d0", first the curves', then the levels'.
std::vector<std::string> styles_of(const LinePlot& plot) {
  std::vector<std::string> styles;
  size_t next = 0;
  for (const auto* lines : {&plot.curves, &plot.levels}) {
    for (const Curve& curve : *lines) {
      const std::string n = std::to_string(next % kStyles);
      styles.push_back(curve.quiet ? "line quiet" : "line c" + n + " d" + n);
      next += curve.quiet ? 0 : 1;
    }
  }
  return styles;
}

struct Legend {
  std::string svg;
  double height = 0;
};

Legend legend_of(const LinePlot& plot, const std::vector<std::string>& styles) {
  Legend legend;
  double x = kLeft, y = kHead + 8;
  size_t i = 0;
  for (const auto* lines : {&plot.curves, &plot.levels}) {
    for (const Curve& curve : *lines) {
      const std::string& style = styles[i++];
      if (curve.name.empty()) continue;
      const std::string name = fit_text(curve.name, kFont, 300);
      const double width = kSample + 6 + drawn_width(name, kFont) + 18;
      if (x > kLeft && x + width > kSvgWidth - 4) {
        x = kLeft;
        y += kLegendRow;
      }
      legend.svg +=
          svg_line(x, y, x + kSample, y, style) + svg_text(x + kSample + 6, y + 4, "key", name);
      x += width;
    }
  }
  legend.height = y + kLegendRow - kHead;
  return legend;
}

// The path of a curve, "" without a point.
std::string path_of(const LinePlot& plot, const Curve& curve, const Axis& across, const Axis& up) {
  std::string path;
  double last_y = 0;
  for (size_t i = 0; i < curve.x.size() && i < curve.y.size(); ++i) {
    if (!std::isfinite(curve.x[i]) || !std::isfinite(curve.y[i])) continue;
    const double value = plot.log_x ? std::max(curve.x[i], plot.least_x) : curve.x[i];
    if (plot.most_x > 0 && value > plot.most_x) break;
    const double x = across.clipped(value), y = up.clipped(curve.y[i]);
    if (path.empty()) {
      path = "M" + svg_number(x) + " " + svg_number(y);
    } else if (plot.steps) {
      path += "H" + svg_number(x) + (y != last_y ? "V" + svg_number(y) : "");
    } else {
      path += "L" + svg_number(x) + " " + svg_number(y);
    }
    last_y = y;
  }
  // Of steps the last value holds to the end: 1 of an ECDF.
  if (plot.steps && !path.empty()) path += "H" + svg_number(across.last);
  return path;
}

bool is_shown(const LinePlot& plot, const Curve& curve, size_t i) {
  return std::isfinite(curve.x[i]) && std::isfinite(curve.y[i]) &&
         !(plot.most_x > 0 && curve.x[i] > plot.most_x);
}

// What is drawn upwards, and what lies outside it: "fifo 18 h".
struct Upwards {
  Axis axis;
  std::string above, below;
};

void add_words(const std::string& name, const MetricInfo& metric, double value,
               std::string* words) {
  *words += (words->empty() ? "" : ", ") + name + " " + value_text(metric, value);
}

struct Peak {  // the largest value of a curve
  std::string name;
  double value = 0;
};

// The highest peak, or the one below a few, up to a quarter of them, that would squash the others.
double uncrowded_top(const std::vector<Peak>& peaks, double least) {
  std::vector<double> sorted;
  for (const Peak& peak : peaks) sorted.push_back(peak.value);
  std::sort(sorted.begin(), sorted.end());
  const size_t n = sorted.size();
  const size_t few = n < 3 ? 0 : std::max<size_t>(1, n / 4);
  for (size_t cut = 1; cut <= few; ++cut) {
    const double top = sorted[n - 1 - cut];
    if (top > least && sorted.back() - least > kOutlier * (top - least)) return top;
  }
  return sorted.back();
}

// The axis fits the curves and the levels near them, so that no single level, nor a few curves out
// of many, make a line on the ground of all others.
Upwards upwards(const LinePlot& plot, double bottom, double top) {
  std::vector<double> values;
  std::vector<Peak> peaks;
  for (const Curve& curve : plot.curves) {
    Peak peak{curve.name, -std::numeric_limits<double>::infinity()};
    for (size_t i = 0; i < curve.x.size() && i < curve.y.size(); ++i) {
      if (!is_shown(plot, curve, i)) continue;
      values.push_back(curve.y[i]);
      peak.value = std::max(peak.value, curve.y[i]);
    }
    if (std::isfinite(peak.value)) peaks.push_back(peak);
  }
  const double least = *std::min_element(values.begin(), values.end());
  double most = *std::max_element(values.begin(), values.end());
  const bool wide = !plot.steps && least > 0 && most > kWide * least;
  Upwards up;
  if (!wide && !plot.steps) {
    most = uncrowded_top(peaks, least);
    for (const Peak& peak : peaks)
      if (peak.value > most)
        add_words((peak.name.empty() ? "a grey line" : peak.name) + " up to", plot.y, peak.value,
                  &up.above);
  }
  double low = 0, high = 0;  // of levels on the axis
  if (wide) {
    low = least / kNearFactor;
    high = most * kNearFactor;
  } else {
    const double size = std::max(std::fabs(least), std::fabs(most));
    double reach = std::max(most - least, kNearShare * size);
    if (reach == 0) reach = std::numeric_limits<double>::infinity();
    low = least - reach;
    high = most + reach;
  }
  std::vector<double> covered = {least, most};
  for (const Curve& level : plot.levels) {
    const double value = level.y.at(0);
    if (value >= low && value <= high) {
      covered.push_back(value);
    } else if (std::isfinite(value)) {
      add_words(level.name, plot.y, value, value > high ? &up.above : &up.below);
    }
  }
  up.axis = axis_over(covered, wide, bottom, top);
  return up;
}

// An arrow at an edge of the plot, and what lies beyond it.
std::string edge_words(const std::string& words, double edge, bool upper) {
  if (words.empty()) return "";
  const double x = kSvgWidth - kRight - 12, d = upper ? 1 : -1;
  return "<path" +
         svg_attribute("d", "M" + svg_number(x - 5) + " " + svg_number(edge + 9 * d) + "H" +
                                svg_number(x + 5) + "L" + svg_number(x) + " " +
                                svg_number(edge + 2 * d) + "Z") +
         svg_attribute("class", "dot base") + "/>" +
         svg_text(x - 10, upper ? edge + 13 : edge - 5, "name tick",
                  fit_text(words, kFont, x - 10 - kLeft));
}

}  // namespace

std::string line_plot(const LinePlot& plot) {
  std::vector<double> xs;
  for (const Curve& curve : plot.curves) {
    for (size_t i = 0; i < curve.x.size() && i < curve.y.size(); ++i) {
      if (is_shown(plot, curve, i))
        xs.push_back(plot.log_x ? std::max(curve.x[i], plot.least_x) : curve.x[i]);
    }
  }
  if (xs.empty()) return "";
  const std::vector<std::string> styles = styles_of(plot);
  const Legend legend = legend_of(plot, styles);
  const double top = kHead + legend.height + kUpLabel, bottom = top + kHeight;
  const Axis across = axis_over(xs, plot.log_x, kLeft, kSvgWidth - kRight);
  const Upwards drawn = upwards(plot, bottom, top);
  const Axis& up = drawn.axis;
  const Ticks x_ticks = ticks_of(across, plot.x, 6), y_ticks = ticks_of(up, plot.y, 5);

  std::string names;
  for (const auto* lines : {&plot.curves, &plot.levels})
    for (const Curve& curve : *lines)
      if (!curve.name.empty()) names += (names.empty() ? "Lines: " : ", ") + curve.name;
  std::string svg = open_svg(static_cast<int>(bottom + kFoot), plot.title, names) + legend.svg;
  for (size_t i = 0; i < x_ticks.values.size(); ++i) {
    const double x = across.at(x_ticks.values[i]);
    svg += svg_line(x, top, x, bottom, "grid") +
           svg_text(x, bottom + 16, "tick mid", x_ticks.texts[i]);
  }
  for (size_t i = 0; i < y_ticks.values.size(); ++i) {
    const double y = up.at(y_ticks.values[i]);
    svg += svg_line(kLeft, y, kSvgWidth - kRight, y, "grid") +
           svg_text(kLeft - 8, y + 4, "name tick", y_ticks.texts[i]);
  }
  const auto labelled = [](const MetricInfo& metric, const Ticks& ticks, bool log_scale) {
    return metric.meaning + (ticks.unit.empty() ? "" : " [" + ticks.unit + "]") +
           (log_scale ? ", log scale" : "");
  };
  svg += svg_text(8, top - 9, "tick",
                  fit_text(labelled(plot.y, y_ticks, up.log_scale), kFont, kSvgWidth - 20));
  svg += svg_text(kSvgWidth / 2.0, bottom + 36, "tick mid",
                  fit_text(labelled(plot.x, x_ticks, across.log_scale), kFont, kSvgWidth - 20));
  for (size_t i = 0; i < plot.levels.size(); ++i) {
    if (!up.holds(plot.levels[i].y.at(0))) continue;
    const double y = up.at(plot.levels[i].y.at(0));
    svg += svg_line(kLeft, y, kSvgWidth - kRight, y, styles[plot.curves.size() + i]);
  }
  // The first line, a learned policy's, lies on top.
  for (const bool quiet : {true, false}) {
    for (size_t i = plot.curves.size(); i-- > 0;) {
      const Curve& curve = plot.curves[i];
      const std::string path = path_of(plot, curve, across, up);
      if (curve.quiet != quiet || path.empty()) continue;
      svg += "<path" + svg_attribute("d", path) + svg_attribute("class", styles[i]) + "/>";
    }
  }
  svg += edge_words(drawn.above, top, true) + edge_words(drawn.below, bottom, false);
  return svg + "</svg>";
}

}  // namespace cusched
