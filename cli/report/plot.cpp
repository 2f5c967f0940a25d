// SPDX-License-Identifier: MIT
#include "cli/report/plot.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "cli/report/svg.h"
#include "cli/words.h"

namespace cusched {
namespace {

constexpr int kLeft = 190;  // room for names
constexpr int kRight = 70;  // room for values
constexpr int kRowHeight = 24;
constexpr int kHead = 34;  // title
constexpr int kFoot = 46;  // tick labels and axis label

// Maps values to pixels along one axis.
struct Scale {
  double low = 0, high = 1, first = 0, last = 1;
  bool log_scale = false;

  double at(double value) const {
    const double a = log_scale ? std::log10(low) : low;
    const double b = log_scale ? std::log10(high) : high;
    const double v = log_scale ? std::log10(value) : value;
    return first + (v - a) / (b - a) * (last - first);
  }
};

// A scale over all finite values, widened a little; linear scales that start near zero include it.
Scale scale_of(const std::vector<double>& values, bool log_scale, double first, double last) {
  Scale scale{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
              first, last, log_scale};
  for (const double v : values) {
    if (!std::isfinite(v)) continue;
    scale.low = std::min(scale.low, v);
    scale.high = std::max(scale.high, v);
  }
  if (!(scale.low <= scale.high)) scale.low = scale.high = 1;
  scale.log_scale = log_scale && scale.low > 0;
  if (scale.log_scale) {
    scale.low /= 1.15;
    scale.high *= 1.15;
    return scale;
  }
  const double span = scale.high - scale.low;
  const double size = std::fabs(scale.high);
  const double pad = span > 0 ? 0.05 * span : size > 0 ? 0.1 * size : 1;
  const bool from_zero = scale.low >= 0 && scale.low < 0.5 * scale.high;
  scale.low = from_zero ? 0 : scale.low - pad;
  scale.high += pad;
  return scale;
}

std::string x_axis(const Scale& scale, double top, double bottom, const std::string& label) {
  std::string svg;
  for (const double tick : axis_ticks(scale.low, scale.high, 6, scale.log_scale)) {
    const double x = scale.at(tick);
    svg += svg_line(x, top, x, bottom, "grid") +
           svg_text(x, bottom + 16, "tick mid", short_number(tick));
  }
  const std::string words = label + (scale.log_scale ? " (log scale)" : "");
  return svg + svg_text((scale.first + scale.last) / 2, bottom + 36, "tick mid", words);
}

}  // namespace

std::string interval_plot(const std::string& title, const std::string& x_label,
                          const std::vector<IntervalRow>& rows, bool log_scale) {
  if (rows.empty()) return "";
  std::vector<double> values;
  for (const IntervalRow& row : rows)
    values.insert(values.end(), {row.value.mean, row.value.lo, row.value.hi});
  // An interval may reach below zero although every mean is positive: draw it cut, on a log scale.
  double least = std::numeric_limits<double>::infinity();
  for (const IntervalRow& row : rows)
    if (row.value.mean < least) least = row.value.mean;
  if (log_scale && least > 0)
    for (double& v : values)
      if (v < least / 3) v = least / 3;
  const int bottom = kHead + kRowHeight * static_cast<int>(rows.size());
  const Scale scale = scale_of(values, log_scale, kLeft, kSvgWidth - kRight);
  std::string svg = open_svg(bottom + kFoot, title) + x_axis(scale, kHead, bottom, x_label);
  for (size_t i = 0; i < rows.size(); ++i) {
    const IntervalRow& row = rows[i];
    const double y = kHead + kRowHeight * (static_cast<double>(i) + 0.5);
    const std::string css = row.highlight ? "accent" : "base";
    svg += svg_text(kLeft - 10, y + 4, "name " + css, row.name);
    if (!std::isfinite(row.value.mean)) continue;
    if (std::isfinite(row.value.lo))
      svg += svg_line(scale.at(std::max(row.value.lo, scale.low)), y,
                      scale.at(std::min(row.value.hi, scale.high)), y, "bar " + css);
    svg += "<circle" + svg_attribute("cx", svg_number(scale.at(row.value.mean))) +
           svg_attribute("cy", svg_number(y)) + svg_attribute("r", "4.5") +
           svg_attribute("class", css) + "/>";
    svg += svg_text(kSvgWidth - kRight + 8, y + 4, "tick", short_number(row.value.mean));
  }
  return svg + "</svg>";
}

std::string box_plot(const std::string& title, const std::string& x_label,
                     const std::vector<BoxRow>& rows, bool log_scale) {
  if (rows.empty()) return "";
  std::vector<double> values;
  for (const BoxRow& row : rows)
    values.insert(values.end(), {row.q05, row.q25, row.q50, row.q75, row.q95, row.mean});
  const int bottom = kHead + kRowHeight * static_cast<int>(rows.size());
  const Scale scale = scale_of(values, log_scale, kLeft, kSvgWidth - kRight);
  std::string svg = open_svg(bottom + kFoot, title) + x_axis(scale, kHead, bottom, x_label);
  for (size_t i = 0; i < rows.size(); ++i) {
    const BoxRow& row = rows[i];
    const double y = kHead + kRowHeight * (static_cast<double>(i) + 0.5);
    const std::string css = row.highlight ? "accent" : "base";
    svg += svg_text(kLeft - 10, y + 4, "name " + css, row.name);
    if (!std::isfinite(row.q50)) continue;
    const double left = scale.at(row.q25);
    svg += svg_line(scale.at(row.q05), y, scale.at(row.q95), y, "thin " + css);
    svg += "<rect" + svg_attribute("x", svg_number(left)) + svg_attribute("y", svg_number(y - 7)) +
           svg_attribute("width", svg_number(std::max(1.0, scale.at(row.q75) - left))) +
           svg_attribute("height", "14") + svg_attribute("class", "box " + css) + "/>";
    svg += svg_line(scale.at(row.q50), y - 7, scale.at(row.q50), y + 7, "bar " + css);
    if (std::isfinite(row.mean))
      svg += "<circle" + svg_attribute("cx", svg_number(scale.at(row.mean))) +
             svg_attribute("cy", svg_number(y)) + svg_attribute("r", "3") +
             svg_attribute("class", css) + "/>";
    svg += svg_text(kSvgWidth - kRight + 8, y + 4, "tick", short_number(row.q50));
  }
  return svg + "</svg>";
}

std::string curve_plot(const std::string& title, const std::string& x_label,
                       const std::string& y_label, const std::vector<Curve>& curves) {
  std::vector<double> xs, ys;
  for (const Curve& curve : curves) {
    for (size_t i = 0; i < curve.x.size() && i < curve.y.size(); ++i) {
      if (!std::isfinite(curve.x[i]) || !std::isfinite(curve.y[i])) continue;
      xs.push_back(curve.x[i]);
      ys.push_back(curve.y[i]);
    }
  }
  if (xs.empty()) return "";
  const int height = 320, left = 80, bottom = height - kFoot;
  const Scale across = scale_of(xs, false, left, kSvgWidth - kRight);
  const Scale up = scale_of(ys, false, bottom, kHead);
  std::string svg = open_svg(height, title) + x_axis(across, kHead, bottom, x_label);
  for (const double tick : axis_ticks(up.low, up.high, 6, false)) {
    svg += svg_line(left, up.at(tick), kSvgWidth - kRight, up.at(tick), "grid");
    svg += svg_text(left - 8, up.at(tick) + 4, "name", short_number(tick));
  }
  svg += svg_text(kSvgWidth - kRight, 20, "name", y_label);
  for (size_t c = 0; c < curves.size(); ++c) {
    std::string points;
    const Curve& curve = curves[c];
    for (size_t i = 0; i < curve.x.size() && i < curve.y.size(); ++i) {
      if (!std::isfinite(curve.x[i]) || !std::isfinite(curve.y[i])) continue;
      points += svg_number(across.at(curve.x[i])) + "," + svg_number(up.at(curve.y[i])) + " ";
    }
    svg += "<polyline" + svg_attribute("points", points) +
           svg_attribute("class", "curve c" + std::to_string(c % 6)) + "><title>" +
           escape_xml(curve.name) + "</title></polyline>";
  }
  return svg + "</svg>";
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

std::string plot_style() {
  return R"(:root, svg { --ink: #1c2024; --dim: #5a6470; --grid: #e3e6ea; --paper: #ffffff;
  --accent: #c2410c; --base: #3b6ea5; --c1: #0f766e; --c2: #7c3aed; --c3: #b45309; --c4: #be185d; --c5: #4d7c0f; }
@media (prefers-color-scheme: dark) { :root, svg { --ink: #e8eaed; --dim: #9aa4b0; --grid: #333a42;
  --paper: #15181c; --accent: #fb923c; --base: #7db1e8; --c1: #5eead4; --c2: #c4b5fd; --c3: #fcd34d; --c4: #f9a8d4; --c5: #bef264; } }
.plot { max-width: 100%; height: auto; background: var(--paper); font: 13px system-ui, sans-serif; }
.plot text { fill: var(--ink); } .plot .head { font-size: 15px; font-weight: 600; }
.plot .tick { fill: var(--dim); font-size: 12px; } .plot .mid { text-anchor: middle; }
.plot .name { text-anchor: end; } .plot text.accent { fill: var(--accent); font-weight: 600; }
.plot .grid { stroke: var(--grid); stroke-width: 1; }
.plot line.accent, .plot rect.accent { stroke: var(--accent); } .plot line.base, .plot rect.base { stroke: var(--base); }
.plot circle.accent, .plot rect.accent { fill: var(--accent); } .plot circle.base, .plot rect.base { fill: var(--base); }
.plot .bar { stroke-width: 3; } .plot .thin { stroke-width: 1.5; } .plot .box { fill-opacity: .25; }
.plot .curve { fill: none; stroke-width: 1.8; stroke: var(--accent); } .plot .c1 { stroke: var(--c1); }
.plot .c2 { stroke: var(--c2); } .plot .c3 { stroke: var(--c3); } .plot .c4 { stroke: var(--c4); } .plot .c5 { stroke: var(--c5); }
)";
}

std::string svg_file(const std::vector<std::string>& plots, const std::string& style) {
  // Each plot knows its height in its own height attribute; nested <svg> elements take x and y.
  std::string body;
  int y = 0;
  for (const std::string& plot : plots) {
    if (plot.empty()) continue;
    const size_t at = plot.find(" height=\"");
    const int height = std::stoi(plot.substr(at + 9));
    body += "<svg y=\"" + std::to_string(y) + "\"" + plot.substr(4) + "\n";
    y += height + 10;
  }
  const std::string size = std::to_string(kSvgWidth) + " " + std::to_string(y);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + size + "\" width=\"" +
         std::to_string(kSvgWidth) + "\" height=\"" + std::to_string(y) +
         "\" class=\"plot\"><style>" + style +
         "</style><rect width=\"100%\" height=\"100%\" fill=\"var(--paper)\"/>\n" + body +
         "</svg>\n";
}

}  // namespace cusched
