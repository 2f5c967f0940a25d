// SPDX-License-Identifier: MIT
#include "cli/report/plot.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cli/metric_info.h"
#include "cli/report/axis.h"
#include "cli/report/svg.h"
#include "tests/cli/cli_test_util.h"

namespace cusched {
namespace {

using test::contains;
using test::count;
using test::first_unbalanced;

const double kNan = std::numeric_limits<double>::quiet_NaN();
const MetricInfo kPlain = {"x", "", "x"};

double circle_x(const std::string& svg, int which) {
  size_t at = 0;
  for (int i = 0; i <= which; ++i) at = svg.find("<circle cx=\"", at + 1);
  return std::stod(svg.substr(at + 12));
}

std::vector<IntervalRow> rows_of(const std::vector<double>& means) {
  std::vector<IntervalRow> rows;
  for (size_t i = 0; i < means.size(); ++i)
    rows.push_back({std::string(1, static_cast<char>('a' + i)), {means[i], kNan, kNan, 1}});
  return rows;
}

TEST(IntervalPlot, PositionsFollowTheValues) {
  const std::string linear = interval_plot("t", kPlain, rows_of({1, 3, 9}));
  EXPECT_NEAR((circle_x(linear, 1) - circle_x(linear, 0)) * 3,
              circle_x(linear, 2) - circle_x(linear, 1), 1);
  const std::string log = interval_plot("t", kPlain, rows_of({1, 10, 100}));
  EXPECT_NEAR(circle_x(log, 1) - circle_x(log, 0), circle_x(log, 2) - circle_x(log, 1), 0.2);
  EXPECT_TRUE(contains(log, "(log scale)"));
  EXPECT_EQ(interval_plot("t", kPlain, {}), "");
}

TEST(IntervalPlot, OneOutlierDoesNotSquashTheOthers) {
  const std::vector<IntervalRow> rows = rows_of({10, 11, 12, 13, 900});
  const IntervalRange range = interval_range(rows);
  EXPECT_EQ(range.low, 10);
  EXPECT_EQ(range.high, 13);
  EXPECT_EQ(range.beyond, 1);
  EXPECT_FALSE(range.log_scale);
  const std::string svg = interval_plot("t", kPlain, rows);
  EXPECT_EQ(first_unbalanced(svg), "");
  EXPECT_EQ(count(svg, "<circle"), 4);
  EXPECT_EQ(count(svg, "<path"), 1);          // the arrow
  EXPECT_TRUE(contains(svg, ">900</text>"));  // and its value
  EXPECT_TRUE(contains(svg, "the axis ends before the arrows"));
  EXPECT_GT(circle_x(svg, 3) - circle_x(svg, 0), 300);  // of 860 px
}

TEST(IntervalPlot, RangesOfMeans) {
  // Everywhere apart: a log scale.
  EXPECT_TRUE(interval_range(rows_of({1, 10, 100, 1000})).log_scale);
  // A zero has no logarithm; the large one is cut off.
  const IntervalRange zero = interval_range(rows_of({0, 1, 2, 1000}));
  EXPECT_FALSE(zero.log_scale);
  EXPECT_EQ(zero.beyond, 1);
  EXPECT_EQ(zero.high, 2);
  // A low outlier.
  const IntervalRange low = interval_range(rows_of({-50, 98, 99, 100}));
  EXPECT_EQ(low.low, 98);
  EXPECT_EQ(low.beyond, 1);
  // Nothing to cut: even steps, two rows, no row, equal rows.
  EXPECT_EQ(interval_range(rows_of({1, 2, 3, 4})).beyond, 0);
  EXPECT_EQ(interval_range(rows_of({1, 15})).beyond, 0);
  EXPECT_EQ(interval_range({}).beyond, 0);
  EXPECT_EQ(interval_range(rows_of({5, 5, 5})).low, 5);
  EXPECT_EQ(interval_range(rows_of({kNan, 1, 2})).high, 2);
}

TEST(IntervalPlot, AWideIntervalIsCutWithAnArrow) {
  std::vector<IntervalRow> rows = rows_of({10, 11, 12});
  rows[1].value.lo = -500;
  rows[1].value.hi = 522;
  const std::string svg = interval_plot("t", kPlain, rows);
  EXPECT_EQ(count(svg, "<path"), 2);
  EXPECT_GT(circle_x(svg, 2) - circle_x(svg, 0), 100);
}

TEST(IntervalPlot, HoldsTheIntervalsWhereMostAreWiderThanTheMeansSpan) {
  std::vector<IntervalRow> rows = rows_of({38.8, 38.9, 39, 39.1});
  for (IntervalRow& row : rows) {
    row.value.lo = 33;
    row.value.hi = 45;
  }
  EXPECT_EQ(count(interval_plot("t", kPlain, rows), "<path"), 0);
  rows[3].value.hi = 1000;  // a single one is still cut
  EXPECT_EQ(count(interval_plot("t", kPlain, rows), "<path"), 1);
  // On a log scale too; what reaches zero has no place on it.
  rows = rows_of({1, 10, 100});
  for (IntervalRow& row : rows) {
    row.value.lo = row.value.mean == 1 ? 0 : 0.1;
    row.value.hi = 1000;
  }
  const std::string log = interval_plot("t", kPlain, rows);
  EXPECT_TRUE(contains(log, "(log scale)"));
  EXPECT_EQ(count(log, "<path"), 1);
}

TEST(IntervalPlot, ValuesAreInPeoplesUnits) {
  const std::string svg = interval_plot("t", metric_info("wait_mean_s"), rows_of({7200, 10800}));
  EXPECT_TRUE(contains(svg, ">2 h</text>"));
  EXPECT_TRUE(contains(svg, "[h]"));
  EXPECT_TRUE(contains(svg, "<desc>a: 2 h; b: 3 h</desc>"));
}

TEST(LinePlot, DrawsStepsAndLevelsWithALegend) {
  LinePlot plot;
  plot.title = "<title>";
  plot.x = metric_info("wait_mean_s");
  plot.y = {"share", "", "share", MetricInfo::Better::kHigher, "share", true};
  plot.log_x = plot.steps = true;
  plot.least_x = 1;
  plot.curves = {{"a & b", {0, 10, 100}, {0.25, 0.5, 1}}, {"other", {kNan}, {kNan}}};
  plot.levels = {{"best", {}, {0.75}}};
  const std::string svg = line_plot(plot);
  EXPECT_EQ(first_unbalanced(svg), "");
  EXPECT_TRUE(contains(svg, ">a &amp; b</text>"));
  EXPECT_TRUE(contains(svg, "&lt;title&gt;"));
  // One path: across to each step, then up; to the end at last.
  ASSERT_EQ(count(svg, "<path d=\"M"), 1);
  const std::string path = svg.substr(svg.find("<path d="), 90);
  EXPECT_EQ(count(path.substr(0, path.find("class")), "H"), 3);
  EXPECT_EQ(count(path.substr(0, path.find("class")), "V"), 2);
  // A piece of line for each in the legend, and the level itself.
  EXPECT_EQ(count(svg, "class=\"line c2 d2\""), 2);
  plot.curves.clear();
  EXPECT_EQ(line_plot(plot), "");
}

// The vertical span in px of the first path.
double path_height(const std::string& svg) {
  const size_t begin = svg.find("<path d=\"M");
  const std::string path = svg.substr(begin, svg.find("class", begin) - begin);
  double least = 1e9, most = -1e9;
  for (size_t at = path.find(' ', 8); at != std::string::npos; at = path.find(' ', at + 1)) {
    if (path[at + 1] < '0' || path[at + 1] > '9') continue;
    const double y = std::stod(path.substr(at + 1));
    least = std::min(least, y);
    most = std::max(most, y);
  }
  return most - least;
}

TEST(LinePlot, AFarLevelIsNamedAtTheEdgeAndDoesNotSquashTheCurve) {
  LinePlot plot;
  plot.title = "Learning";
  plot.x = {"steps", "", "steps"};
  plot.y = metric_info("wait_mean_s");
  plot.curves = {{"policy", {0, 1000}, {5400, 3600}}};
  plot.levels = {{"best heuristic", {}, {3500}}, {"fifo", {}, {64800}}};
  const std::string svg = line_plot(plot);
  EXPECT_EQ(first_unbalanced(svg), "");
  EXPECT_TRUE(contains(svg, ">fifo 18 h</text>")) << svg;
  EXPECT_GT(path_height(svg), 150);                  // of 240 px
  EXPECT_EQ(count(svg, "class=\"line c1 d1\""), 2);  // near: in the legend and on the axis
  EXPECT_EQ(count(svg, "class=\"line c2 d2\""), 1);  // far: in the legend alone
  EXPECT_FALSE(contains(svg, "log scale"));
  // A curve that falls by more than a factor of six has a log scale.
  plot.curves = {{"policy", {0, 500, 1000}, {36000, 5000, 3600}}};
  EXPECT_TRUE(contains(line_plot(plot), "log scale"));
  EXPECT_EQ(count(line_plot(plot), "class=\"line c2 d2\""), 2);
  // Below, and where every value is zero all levels are near.
  plot.curves = {{"policy", {0, 1000}, {5400, 3600}}};
  plot.levels = {{"idle", {}, {-36000}}};
  EXPECT_TRUE(contains(line_plot(plot), ">idle -10 h</text>")) << line_plot(plot);
  plot.curves = {{"policy", {0, 1000}, {0, 0}}};
  EXPECT_FALSE(contains(line_plot(plot), ">idle -10 h</text>"));
}

TEST(LinePlot, OneHighCurveDoesNotSquashTheOthers) {
  LinePlot plot;
  plot.title = "Jobs waiting";
  plot.x = {"time", "s", "time"};
  plot.y = {"queue", "", "jobs waiting"};
  plot.curves = {{"policy", {0, 10, 20}, {0, 10, 0}},
                 {"sjf", {0, 10, 20}, {0, 9, 0}},
                 {"easy", {0, 10, 20}, {0, 11, 0}},
                 {"fifo", {0, 10, 20}, {0, 5000, 0}}};
  const std::string svg = line_plot(plot);
  EXPECT_TRUE(contains(svg, ">fifo up to 5,000</text>")) << svg;
  EXPECT_FALSE(contains(svg, ">4,000</text>"));  // no tick
  // Twice as high squashes nothing, though the others are close to each other.
  plot.curves[3].y[1] = 20;
  EXPECT_FALSE(contains(line_plot(plot), "up to"));
  plot.curves[3].y[1] = 5000;
  plot.curves.resize(2);
  EXPECT_FALSE(contains(line_plot(plot), "up to"));
}

TEST(Axis, TicksAreRoundAndInside) {
  EXPECT_EQ(axis_ticks(0, 10, 5, false), (std::vector<double>{0, 2, 4, 6, 8, 10}));
  EXPECT_EQ(axis_ticks(1, 1000, 6, true),
            (std::vector<double>{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000}));
  EXPECT_GE(axis_ticks(250, 290, 6, true).size(), 3u);
  EXPECT_TRUE(axis_ticks(1, 1, 5, false).empty());
  EXPECT_TRUE(axis_ticks(0, INFINITY, 5, false).empty());
}

TEST(Axis, TicksHaveUnitsAndDecimals) {
  using Texts = std::vector<std::string>;
  const MetricInfo time = metric_info("wait_mean_s");
  const Ticks hours = ticks_of({0, 36000, 0, 1, false}, time, 5);
  EXPECT_EQ(hours.unit, "h");
  EXPECT_EQ(hours.texts, (Texts{"0", "2", "4", "6", "8", "10"}));
  EXPECT_EQ(hours.values.back(), 36000);
  const Ticks wide = ticks_of({1, 100000, 0, 1, true}, time, 5);
  EXPECT_EQ(wide.texts, (Texts{"1 s", "10 s", "1 min", "10 min", "1 h", "6 h", "1 day"}));
  EXPECT_EQ(wide.unit, "");
  EXPECT_EQ(ticks_of({254, 255, 0, 1, false}, kPlain, 4).texts, (Texts{"254.0", "254.5", "255.0"}));
  EXPECT_EQ(ticks_of({0, 1, 0, 1, false}, metric_info("success_rate"), 2).texts,
            (Texts{"0", "50", "100"}));
  EXPECT_EQ(ticks_of({-0.05, 0.3, 0, 1, false}, kPlain, 4).texts[0], "0.0");
}

TEST(Svg, LongWordsAreShortenedInTheMiddle) {
  EXPECT_EQ(fit_text("short", 13, 100), "short");
  const std::string fitted = fit_text("runs/a-very-long-name-of-a-folder/policy", 13, 120);
  EXPECT_LE(drawn_width(fitted, 13), 120);
  EXPECT_EQ(fitted.rfind("runs/", 0), 0u);
  EXPECT_TRUE(contains(fitted, "…"));
  EXPECT_EQ(fitted.substr(fitted.size() - 4), "licy");
  // Whole code points.
  EXPECT_EQ(first_unbalanced(svg_text(0, 0, "", fit_text("ääääääääääääääää", 13, 60))), "");
  EXPECT_EQ(fit_text("ääää", 10, 28), "ä…ä");
}

}  // namespace
}  // namespace cusched
