// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <iterator>

#include "cli/metric_info.h"
#include "cli/report/axis.h"
#include "cli/report/plot.h"
#include "cli/report/svg.h"

// Means with intervals: one row for each policy.
namespace cusched {
namespace {

constexpr double kFont = 13;       // px, of plot_style()
constexpr double kMostLeft = 200;  // room for names
constexpr double kRight = 92;      // room for values
constexpr int kRowHeight = 24;
constexpr int kHead = 34;  // title
constexpr int kFoot = 46;  // tick labels and axis label

constexpr double kWide = 20;      // largest mean by smallest: a log scale
constexpr double kCompact = 3;    // the same of rows that a linear axis shows well
constexpr double kOutlier = 4;    // span with the outliers by the span without
constexpr double kMostReach = 1;  // intervals may widen the axis by this share of the means' span
constexpr double kLogReach = 3;   // on a log scale by this factor
constexpr double kUsual = 3;      // so many times the median beyond it are no outlier yet

std::vector<double> known_means(const std::vector<IntervalRow>& rows) {
  std::vector<double> means;
  for (const IntervalRow& row : rows)
    if (std::isfinite(row.value.mean)) means.push_back(row.value.mean);
  std::sort(means.begin(), means.end());
  return means;
}

bool is_wide(const std::vector<double>& sorted) { return sorted.back() > kWide * sorted.front(); }

// How far intervals may reach beyond the means: so far that they do not squash these, or, where
// most reach farther, as far as most do. On a log scale the logarithm of a factor.
double reach_of(const std::vector<IntervalRow>& rows, const IntervalRange& range) {
  const auto place = [&](double value) { return range.log_scale ? std::log10(value) : value; };
  const double reach =
      range.log_scale ? std::log10(kLogReach) : kMostReach * (range.high - range.low);
  std::vector<double> beyond;
  for (const IntervalRow& row : rows) {
    const Interval& value = row.value;
    if (!(value.mean >= range.low && value.mean <= range.high)) continue;
    double most = 0;
    if (std::isfinite(value.hi)) most = std::max(most, place(value.hi) - place(range.high));
    if (std::isfinite(value.lo) && (value.lo > 0 || !range.log_scale))
      most = std::max(most, place(range.low) - place(value.lo));
    beyond.push_back(most);
  }
  std::sort(beyond.begin(), beyond.end());
  const double median = beyond.empty() ? 0 : beyond[(beyond.size() - 1) / 2];
  if (median <= reach) return reach;
  return *std::prev(std::upper_bound(beyond.begin(), beyond.end(), kUsual * median));
}

// What the axis covers: the means, and their intervals as far as they do not squash them.
std::vector<double> covered(const std::vector<IntervalRow>& rows, const IntervalRange& range) {
  std::vector<double> values = {range.low, range.high};
  double least = range.low, most = range.high;
  if (range.log_scale) {
    const double factor = std::pow(10.0, reach_of(rows, range));
    least /= factor;
    most *= factor;
  } else if (range.high > range.low) {
    const double reach = reach_of(rows, range);
    least -= reach;
    most += reach;
  } else {
    for (const IntervalRow& row : rows)
      if (std::isfinite(row.value.lo)) values.insert(values.end(), {row.value.lo, row.value.hi});
    return values;
  }
  for (const IntervalRow& row : rows) {
    if (row.value.mean < range.low || row.value.mean > range.high) continue;
    for (const double end : {row.value.lo, row.value.hi})
      if (std::isfinite(end)) values.push_back(std::clamp(end, least, most));
  }
  return values;
}

// Points beyond an end of the axis, at `x`; `right`: the upper end.
std::string arrow(double x, double y, bool right, const std::string& css) {
  const double d = right ? 7 : -7;
  return "<path" +
         svg_attribute("d", "M" + svg_number(x) + " " + svg_number(y - 5) + "L" +
                                svg_number(x + d) + " " + svg_number(y) + "L" + svg_number(x) +
                                " " + svg_number(y + 5) + "Z") +
         svg_attribute("class", "dot " + css) + "/>";
}

std::string drawn_row(const IntervalRow& row, const Axis& axis, double y, const std::string& css) {
  const Interval& value = row.value;
  if (!axis.holds(value.mean))
    return arrow(axis.clipped(value.mean), y, value.mean > axis.high, css);
  std::string svg;
  if (std::isfinite(value.lo)) {
    svg += svg_line(axis.clipped(value.lo), y, axis.clipped(value.hi), y, "bar " + css);
    if (value.lo < axis.low) svg += arrow(axis.first, y, false, css);
    if (value.hi > axis.high) svg += arrow(axis.last, y, true, css);
  }
  return svg + "<circle" + svg_attribute("cx", svg_number(axis.at(value.mean))) +
         svg_attribute("cy", svg_number(y)) + svg_attribute("r", "4.5") +
         svg_attribute("class", "dot " + css) + "/>";
}

}  // namespace

IntervalRange interval_range(const std::vector<IntervalRow>& rows) {
  const std::vector<double> means = known_means(rows);
  if (means.empty()) return {};
  const IntervalRange all{means.front(), means.back(), means.front() > 0 && is_wide(means), 0};
  // Fewest rows first: `cut` of them, `above` of these at the upper end.
  const size_t most = means.size() < 3 ? 0 : std::max<size_t>(1, means.size() / 4);
  for (size_t cut = 1; cut <= most; ++cut) {
    for (size_t above = cut + 1; above-- > 0;) {
      const double low = means[cut - above], high = means[means.size() - 1 - above];
      if (!(high > low) || all.high - all.low <= kOutlier * (high - low)) continue;
      if (!all.log_scale || high < kCompact * low) return {low, high, false, static_cast<int>(cut)};
    }
  }
  return all;
}

std::string interval_plot(const std::string& title, const MetricInfo& metric,
                          const std::vector<IntervalRow>& rows) {
  if (rows.empty()) return "";
  const IntervalRange range = interval_range(rows);
  double left = 60;
  for (const IntervalRow& row : rows) left = std::max(left, drawn_width(row.name, kFont));
  left = std::min(left, kMostLeft) + 18;
  const Axis axis = axis_over(covered(rows, range), range.log_scale, left, kSvgWidth - kRight - 8);
  const Ticks ticks = ticks_of(axis, metric, 6);
  const double bottom = kHead + kRowHeight * static_cast<double>(rows.size());
  std::string words = metric.meaning + (ticks.unit.empty() ? "" : " [" + ticks.unit + "]");
  if (axis.log_scale) words += " (log scale)";
  if (range.beyond > 0) words += "; the axis ends before the arrows";

  std::string described;
  for (const IntervalRow& row : rows)
    described +=
        (described.empty() ? "" : "; ") + row.name + ": " + value_text(metric, row.value.mean);
  std::string svg = open_svg(static_cast<int>(bottom) + kFoot, title, described);
  for (size_t i = 0; i < ticks.values.size(); ++i) {
    const double x = axis.at(ticks.values[i]);
    svg += svg_line(x, kHead, x, bottom, "grid") +
           svg_text(x, bottom + 16, "tick mid", ticks.texts[i]);
  }
  svg += svg_text(kSvgWidth / 2.0, bottom + 36, "tick mid", fit_text(words, kFont, kSvgWidth - 20));
  for (size_t i = 0; i < rows.size(); ++i) {
    const double y = kHead + kRowHeight * (static_cast<double>(i) + 0.5);
    const std::string css = rows[i].highlight ? "accent" : "base";
    svg += svg_text(left - 12, y + 4, "name " + css, fit_text(rows[i].name, kFont, left - 18));
    if (!std::isfinite(rows[i].value.mean)) continue;
    svg += drawn_row(rows[i], axis, y, css);
    svg += svg_text(kSvgWidth - kRight + 8, y + 4, "tick", value_text(metric, rows[i].value.mean));
  }
  return svg + "</svg>";
}

}  // namespace cusched
