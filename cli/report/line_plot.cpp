// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

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
  // Of steps the last level holds to the end: 1 of an ECDF.
  if (plot.steps && !path.empty()) path += "H" + svg_number(across.last);
  return path;
}

}  // namespace

std::string line_plot(const LinePlot& plot) {
  std::vector<double> xs, ys;
  for (const Curve& curve : plot.curves) {
    for (size_t i = 0; i < curve.x.size() && i < curve.y.size(); ++i) {
      if (!std::isfinite(curve.x[i]) || !std::isfinite(curve.y[i])) continue;
      if (plot.most_x > 0 && curve.x[i] > plot.most_x) continue;
      xs.push_back(plot.log_x ? std::max(curve.x[i], plot.least_x) : curve.x[i]);
      ys.push_back(curve.y[i]);
    }
  }
  if (xs.empty()) return "";
  for (const Curve& level : plot.levels) ys.push_back(level.y.at(0));
  const std::vector<std::string> styles = styles_of(plot);
  const Legend legend = legend_of(plot, styles);
  const double top = kHead + legend.height + kUpLabel, bottom = top + kHeight;
  const Axis across = axis_over(xs, plot.log_x, kLeft, kSvgWidth - kRight);
  const double least = *std::min_element(ys.begin(), ys.end());
  const double most = *std::max_element(ys.begin(), ys.end());
  const bool wide = !plot.steps && least > 0 && most > 20 * least;
  const Axis up = axis_over(ys, wide, bottom, top);
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
  return svg + "</svg>";
}

}  // namespace cusched
