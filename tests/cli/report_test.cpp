// SPDX-License-Identifier: MIT
#include "cli/report/report.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "cli/words.h"
#include "cuda/error.h"
#include "tests/cli/cli_test_util.h"

namespace cusched {
namespace {

using test::contains;
using test::count;
using test::first_unbalanced;

const double kNan = std::numeric_limits<double>::quiet_NaN();

Evaluation example() {
  Evaluation e;
  e.env = "admission";
  e.workload = "<script>alert(1)</script>";
  e.metrics = {{"wait_mean_s", "s", "mean wait", MetricInfo::Better::kLower},
               {"slowdown", "", "bounded slowdown", MetricInfo::Better::kLower}};
  e.episodes = {"0", "1", "2"};
  e.distributions = {"Wait, s"};
  e.policies = {{"mine & yours", true, {{1, 2, 3}, {kNan, kNan, kNan}}, {{1, 2, 3, 4, 5, 3}}},
                {"fifo", false, {{101, 102, 103}, {1, 1, 1}}, {{1, 2, 3, 4, 5, 3}}}};
  e.facts = {{"seed", "1"}};
  e.warnings = {"queue capacity reached"};
  return e;
}

TEST(Report, IsOneSelfContainedPage) {
  const std::string page = html_report(example(), {"wait_mean_s", "slowdown"},
                                       {{"member 0", {0, 10, 20}, {1, kNan, 3}}}, "return");
  EXPECT_EQ(first_unbalanced(page), "");
  EXPECT_FALSE(contains(page, "<script"));
  EXPECT_TRUE(contains(page, "&lt;script&gt;"));
  EXPECT_TRUE(contains(page, "mine &amp; yours"));
  EXPECT_FALSE(contains(page, "src="));
  EXPECT_FALSE(contains(page, "href="));
  EXPECT_FALSE(contains(page, "url("));
  EXPECT_FALSE(contains(page, ">nan<"));
  EXPECT_TRUE(contains(page, "queue capacity reached"));
  EXPECT_TRUE(contains(page, "prefers-color-scheme: dark"));
  // Two interval plots, one box plot, one curve.
  EXPECT_EQ(count(page, "<svg"), 4);
  EXPECT_EQ(count(page, "<polyline"), 1);
  // The wait difference is -100 in every pair: a win.
  EXPECT_TRUE(contains(page, "class=\"win\">-100"));
}

TEST(Report, PlotFileStacksThePlots) {
  const std::string svg = plot_file(example(), {"wait_mean_s"}, {}, "");
  EXPECT_EQ(first_unbalanced(svg), "");
  EXPECT_EQ(count(svg, "<svg"), 3);  // the file, the interval plot, the box plot
  EXPECT_EQ(svg.rfind("<svg xmlns=", 0), 0u);
}

TEST(Report, ShowsTheClustersOfAllPolicies) {
  Evaluation e = example();
  EXPECT_EQ(picture_file(e), "");
  EXPECT_FALSE(contains(html_report(e, {}, {}, ""), "Clusters"));
  for (PolicyResult& policy : e.policies) {
    policy.cluster.nodes = {{0, 0, 1000, 1024, 0, 512, {{250, 100.0}, {1000, 0.0}}}};
    policy.cluster.pods = {{0, 0, 1, 750}};
  }
  e.pod_names = {"0255"};
  e.metrics[0].name = "arrived_gpu_milli";
  e.metrics[1].name = "capacity_gpu_milli";
  e.policies[0].samples = {{2600, 1, 1}, {2000, 1, 1}};
  const std::string page = html_report(e, {}, {}, "");
  EXPECT_EQ(first_unbalanced(page), "");
  EXPECT_TRUE(contains(page, "at the end of episode 0, whose pods asked for 130&nbsp;% of"));
  EXPECT_EQ(count(page, "37.50 % of 2 GPUs allocated"), 4);  // drawn and described, twice
  // References stay within the page, each to its own picture.
  EXPECT_EQ(count(page, "url("), count(page, "url(#"));
  for (const char* id : {"hatch0", "hatch1"})
    EXPECT_EQ(count(page, std::string("id=\"") + id + "\""), 1) << id;
  const std::string svg = picture_file(e);
  EXPECT_EQ(first_unbalanced(svg), "");
  EXPECT_EQ(count(svg, "<svg"), 3);
  EXPECT_TRUE(contains(svg, "Cluster by mine &amp; yours"));
}

TEST(Plot, PositionsFollowTheValues) {
  const auto circle_x = [](const std::string& svg, int which) {
    size_t at = 0;
    for (int i = 0; i <= which; ++i) at = svg.find("<circle cx=\"", at + 1);
    return std::stod(svg.substr(at + 12));
  };
  const std::vector<IntervalRow> rows = {
      {"a", {1, 0.9, 1.1, 3}}, {"b", {10, 9, 11, 3}}, {"c", {100, 90, 110, 3}}};
  const std::string linear = interval_plot("t", "x", rows, false);
  EXPECT_NEAR((circle_x(linear, 1) - circle_x(linear, 0)) * 10,
              circle_x(linear, 2) - circle_x(linear, 1), 2);
  const std::string log = interval_plot("t", "x", rows, true);
  EXPECT_NEAR(circle_x(log, 1) - circle_x(log, 0), circle_x(log, 2) - circle_x(log, 1), 0.2);
  EXPECT_EQ(interval_plot("t", "x", {}, true), "");
}

TEST(Plot, TicksAreRoundAndInside) {
  EXPECT_EQ(axis_ticks(0, 10, 5, false), (std::vector<double>{0, 2, 4, 6, 8, 10}));
  EXPECT_EQ(axis_ticks(1, 1000, 6, true),
            (std::vector<double>{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000}));
  EXPECT_GE(axis_ticks(250, 290, 6, true).size(), 3u);
  EXPECT_TRUE(axis_ticks(1, 1, 5, false).empty());
  EXPECT_EQ(short_number(axis_ticks(-0.1, 0.3, 4, false).front()), "-0.1");
  EXPECT_EQ(short_number(axis_ticks(-0.05, 0.3, 4, false).front()), "0");
  EXPECT_TRUE(axis_ticks(0, INFINITY, 5, false).empty());
}

class TrainingCurves : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = testing::TempDir() + "cusched_curves_" + std::to_string(::getpid()) + ".csv";
  }
  void TearDown() override { std::filesystem::remove(path_); }
  std::vector<Curve> read(const std::string& text) {
    std::ofstream(path_) << text;
    return read_training_curves(path_, "steps", "episode_return", "member");
  }
  std::string path_;
};

TEST_F(TrainingCurves, AreSplitByMember) {
  const auto curves =
      read("steps,member,episode_return\n10,0,1.5\n10,1,nan\n20,0,2.5\n20,1,-3\n30,0\n");
  ASSERT_EQ(curves.size(), 2u);
  EXPECT_EQ(curves[0].x, (std::vector<double>{10, 20}));
  EXPECT_EQ(curves[0].y, (std::vector<double>{1.5, 2.5}));
  EXPECT_EQ(curves[1].y, (std::vector<double>{-3}));
}

TEST_F(TrainingCurves, BadNumbersNameFileLineAndField) {
  try {
    read("steps,member,episode_return\n10,0,1\n20,0,x1\n");
    FAIL() << "no error";
  } catch (const InputError& error) {
    EXPECT_TRUE(contains(error.what(), path_ + ":3, field 'episode_return'")) << error.what();
  }
  EXPECT_TRUE(read("a,b\n1,2\n").empty());
  EXPECT_TRUE(read_training_curves("/nonexistent", "steps", "y", "m").empty());
}

}  // namespace
}  // namespace cusched
