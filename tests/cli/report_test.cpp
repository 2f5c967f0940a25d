// SPDX-License-Identifier: MIT
#include "cli/report/report.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cli/report/shown.h"
#include "tests/cli/cli_test_util.h"
#include "tests/cli/report_example.h"

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
  e.headline = "wait_mean_s";
  e.metrics = {{"wait_mean_s", "s", "mean wait", MetricInfo::Better::kLower},
               {"slowdown", "", "bounded slowdown", MetricInfo::Better::kLower}};
  e.episodes = {"0", "1", "2"};
  e.policies = {{"fifo", false, {{101, 102, 103}, {1, 1, 1}}, {}},
                {"mine & yours", true, {{1, 2, 3}, {kNan, kNan, kNan}}, {}}};
  e.facts = {{"seed", "1"}, {"a<b", "c&d"}};
  e.warnings = {"queue capacity reached"};
  return e;
}

TrainingLog training() { return {{{"episode_return", {{"training", {0, 10, 20}, {1, kNan, 3}}}}}}; }

// Where each of the words comes, all in this order.
void expect_in_order(const std::string& text, const std::vector<std::string>& words) {
  size_t at = 0;
  for (const std::string& word : words) {
    const size_t found = text.find(word, at);
    EXPECT_NE(found, std::string::npos) << word;
    if (found != std::string::npos) at = found;
  }
}

TEST(Report, IsOneSelfContainedPage) {
  const std::string page = html_report(example(), {"wait_mean_s", "slowdown"}, training());
  EXPECT_EQ(first_unbalanced(page), "");
  EXPECT_FALSE(contains(page, "<script"));
  EXPECT_TRUE(contains(page, "&lt;script&gt;"));
  EXPECT_TRUE(contains(page, "mine &amp; yours"));
  EXPECT_TRUE(contains(page, "a&lt;b"));
  EXPECT_FALSE(contains(page, "src="));
  EXPECT_FALSE(contains(page, "href="));
  EXPECT_FALSE(contains(page, "url("));
  EXPECT_FALSE(contains(page, "@import"));
  EXPECT_FALSE(contains(page, ">nan<"));
  EXPECT_TRUE(contains(page, "queue capacity reached"));
  EXPECT_TRUE(contains(page, "prefers-color-scheme: dark"));
  // Two interval plots and the curve, each with a title for those who do not see it.
  EXPECT_EQ(count(page, "<svg"), 3);
  EXPECT_EQ(count(page, "role=\"img\""), 3);
  EXPECT_EQ(count(page, "><title>"), 3);
  EXPECT_EQ(count(page, "class=\"line c0 d0\""), 2);  // the curve and its legend
  // The wait difference is -100 in every pair: a win.
  EXPECT_TRUE(contains(page, "class=\"win\">-100"));
}

TEST(Report, SaysFirstWhatComesOut) {
  const std::string page = html_report(example(), {"wait_mean_s", "slowdown"}, training());
  expect_in_order(page,
                  {"<h1>", "<ul class=\"verdict\">", "mine &amp; yours", "beats fifo by 98&nbsp;%",
                   "queue capacity reached", "<h2>Results", "<h2>Plots", "<h2>Learning",
                   "<h2>Paired differences", "<h2>All metrics", "<h2>How this was made"});
}

TEST(Report, RowsAreSortedByTheHeadline) {
  Evaluation e = example();
  std::string page = html_report(e, {"slowdown"}, {});
  expect_in_order(page, {"<tbody>", "mine &amp; yours</th>", "fifo</th>"});
  e.metrics[0].better = MetricInfo::Better::kHigher;
  page = html_report(e, {"slowdown"}, {});
  expect_in_order(page, {"<tbody>", "fifo</th>", "mine &amp; yours</th>"});
  // Without a headline the first column sorts.
  e.headline.clear();
  EXPECT_EQ(sorting_metric(e, {"none", "slowdown", "wait_mean_s"}), "slowdown");
  EXPECT_EQ(sorting_metric(e, {}), "");
}

TEST(Report, WhatIsTheSameForAllHasNoPlot) {
  Evaluation e = example();
  e.policies[1].samples[1] = {1, 1, 1};
  EXPECT_TRUE(is_constant(e, 1));
  EXPECT_FALSE(is_constant(e, 0));
  EXPECT_EQ(constants_text(e, {0, 1}), "slowdown 1");
  const std::string page = html_report(e, {"wait_mean_s", "slowdown"}, {});
  EXPECT_EQ(count(page, "<svg"), 1);
  EXPECT_TRUE(contains(page, "The same for all: slowdown 1."));
  // The same in the mean alone is not the same.
  e.policies[1].samples[1] = {0, 1, 2};
  EXPECT_FALSE(is_constant(e, 1));
}

TEST(Report, ShowsTheLongestWaitToo) {
  const Evaluation e = test::large_evaluation(3, 2, 5);
  const std::vector<int> metrics = shown_metrics(e, {"oom_kills", "wait_mean_s", "unknown"});
  EXPECT_EQ(metrics, (std::vector<int>{0, e.metric_index("oom_kills"), 2}));
  EXPECT_EQ(e.metrics[2].name, "wait_max_s");
}

TEST(Report, LinesAreFewAndTablesHaveAll) {
  const Evaluation e = test::large_evaluation(20, 2, 5);
  std::vector<std::string> names;
  for (const size_t i : line_policies(e, "wait_mean_s")) names.push_back(e.policies[i].name);
  EXPECT_EQ(names, (std::vector<std::string>{e.policies[0].name, "fifo", "easy-backfill",
                                             "random-feasible"}));
  const std::string page = html_report(e, {}, {});
  EXPECT_EQ(first_unbalanced(page), "");
  // Results, waits of all jobs, groups (size, urgency, tenant) of all policies, all metrics.
  EXPECT_GE(count(page, ">rule-19</th>"), 6);
}

TEST(Report, HeuristicsOfTheSameResultsAreToldOnce) {
  Evaluation e = example();
  e.policies.push_back(e.policies[0]);
  e.policies.back().name = "fcfs";
  e.policies.push_back(e.policies[0]);
  e.policies.back().name = "fifo@10";
  e.policies.back().limited = true;
  EXPECT_EQ(same_text(e), "fifo = fcfs = fifo@10");
  EXPECT_EQ(plotted_policies(e, "wait_mean_s"), (std::vector<size_t>{1, 0}));
}

TEST(Report, ShowsWaitsAndTheCourseOfTheJobs) {
  const std::string page = html_report(test::large_evaluation(5, 4, 60), {}, {});
  expect_in_order(page, {"Waits of all jobs: cumulative distribution", "By GPUs of a job",
                         "By urgency", "By tenant", "Jobs waiting, episode 0",
                         "GPUs reserved, episode 0", "CPU cores reserved, episode 0"});
  EXPECT_FALSE(contains(page, "By priority"));
}

TEST(Report, StaysSmall) {
  EXPECT_LT(html_report(test::large_evaluation(20, 32, 500), {}, training()).size(), 1000000u);
}

TEST(Report, LearningHasTheHeuristicsAsLines) {
  const Evaluation e = example();
  const TrainingLog looks = {{{"eval_wait_mean_s", {{"training", {0, 10}, {200, 20}}}}}};
  const std::string page = html_report(e, {}, looks);
  expect_in_order(page, {"<h2>Learning", ">Learning: wait_mean_s</text>", ">training</text>",
                         ">fifo</text>", "on the episodes that its training chose by"});
  TrainingLog many = {{{"eval_wait_mean_s", {}}}};
  for (int m = 0; m < 9; ++m)
    many.columns[0].members.push_back({"member " + std::to_string(m), {0, 1}, {9, 5.0 - m}});
  const std::string population = html_report(e, {}, many);
  EXPECT_EQ(count(population, "class=\"line quiet\""), 8);
  EXPECT_TRUE(contains(population, ">member 8, best at the end</text>"));
}

TEST(Report, PlotFileStacksThePlots) {
  const std::string svg = plot_file(example(), {"wait_mean_s"}, training());
  EXPECT_EQ(first_unbalanced(svg), "");
  EXPECT_EQ(count(svg, "<svg"), 3);  // the file, the interval plot, the curve
  EXPECT_EQ(svg.rfind("<svg xmlns=", 0), 0u);
}

TEST(Report, ShowsTheClustersOfAllPolicies) {
  Evaluation e = example();
  EXPECT_EQ(picture_file(e), "");
  EXPECT_FALSE(contains(html_report(e, {}, {}), "Clusters"));
  for (PolicyResult& policy : e.policies) {
    policy.cluster.nodes = {{0, 0, 1000, 1024, 0, 512, {{250, 100.0}, {1000, 0.0}}}};
    policy.cluster.pods = {{0, 0, 1, 750}};
  }
  e.pod_names = {"0255"};
  e.metrics[0].name = "arrived_gpu_milli";
  e.metrics[1].name = "capacity_gpu_milli";
  e.policies[0].samples = {{2600, 1, 1}, {2000, 1, 1}};
  e.policies[1].curve = {0, 1, 2};
  const std::string page = html_report(e, {}, {});
  EXPECT_EQ(first_unbalanced(page), "");
  EXPECT_TRUE(contains(page, "at the end of episode 0, whose pods asked for 130&nbsp;% of"));
  EXPECT_TRUE(contains(page, "GPU allocation over arrived demand"));
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

}  // namespace
}  // namespace cusched
