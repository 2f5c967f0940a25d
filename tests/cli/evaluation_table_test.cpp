// SPDX-License-Identifier: MIT
#include "cli/evaluation_table.h"

#include <gtest/gtest.h>

#include <limits>
#include <sstream>

#include "cli/metric_info.h"
#include "cli/wrap.h"

namespace cusched {
namespace {

const double kNan = std::numeric_limits<double>::quiet_NaN();

Evaluation two_policies() {
  Evaluation e;
  e.env = "admission";
  e.metrics = metric_infos({"wait_mean_s", "wait_max_s", "gpu_utilization", "unfinished_jobs"});
  e.headline = "wait_mean_s";
  e.episodes = {"0", "1"};
  const auto add = [&](const std::string& name, bool learned, bool limited,
                       std::vector<std::vector<double>> samples) {
    PolicyResult policy;
    policy.name = name;
    policy.learned = learned;
    policy.limited = limited;
    policy.samples = std::move(samples);
    e.policies.push_back(std::move(policy));
  };
  add("fifo", false, false, {{7200, 7320}, {172800, 172800}, {0.5, 0.5}, {0, 0}});
  add("fifo@10", false, true, {{7201, 7320}, {172800, 172800}, {0.5, 0.5}, {0, 0}});
  add("fcfs", false, false, {{7200, 7320}, {172800, 172800}, {0.5, 0.5}, {0, 0}});
  add("policy", true, false, {{600, 660}, {4000 * 60, 4001 * 60}, {0.612, 0.612}, {0, 0}});
  add("lost", true, false, {{kNan, kNan}, {kNan, kNan}, {kNan, kNan}, {12345, 12345}});
  return e;
}

size_t widest(const std::string& text) {
  size_t width = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) width = std::max(width, text_width(line));
  return width;
}

TEST(EvaluationTable, IsSortedByTheHeadlineInUnitsForPeople) {
  const Evaluation e = two_policies();
  EXPECT_EQ(evaluation_table(e, {"wait_mean_s", "wait_max_s", "gpu_utilization", "no_such_metric"}),
            "                                              GPU\n"
            "             mean wait  longest wait  utilisation\n"
            "policy           [min]        [days]          [%]\n"
            "--------  ------------  ------------  -----------\n"
            "* policy    10.5 ± 6.4          2.78         61.2\n"
            "  fifo    121.0 ± 12.7          2.00         50.0\n"
            "* lost               -             -            -\n"
            "same results as fifo: fcfs\n"
            "not shown: 1 baseline limited to the first K jobs, as policies are (NAME@K);\n"
            "  --limited shows it\n");
}

TEST(EvaluationTable, ShowsLimitedEntriesWhereTheUserAsks) {
  const std::string table = evaluation_table(two_policies(), {"wait_mean_s"}, {.limited = true});
  EXPECT_NE(table.find("fifo@10"), std::string::npos);
  EXPECT_EQ(table.find("not shown"), std::string::npos);
}

TEST(EvaluationTable, GoesOnBelowWhereTheMetricsDoNotFit) {
  Evaluation e;
  std::vector<std::string> names = {"wait_mean_s",      "turnaround_mean_s",  "throughput_per_h",
                                    "utilization_ref",  "memory_utilization", "unfinished_jobs",
                                    "bounded_slowdown", "wait_p95_s"};
  e.metrics = metric_infos(names);
  e.headline = "wait_mean_s";
  e.episodes = {"0", "1"};
  for (int i = 0; i < 3; ++i) {
    PolicyResult policy;
    policy.name = std::string(60, 'a') + std::to_string(i) + std::string(60, 'b');
    policy.samples.assign(names.size(), {1234567.0 + i, 7654321.0});
    e.policies.push_back(policy);
  }
  const std::string table = evaluation_table(e, names);
  EXPECT_LE(widest(table), 80u);
  for (const char* head : {"RLScheduler", "turnaround", "throughput", "p95 wait"})
    EXPECT_NE(table.find(head), std::string::npos) << head;
  const std::string one = evaluation_table(e, names, {.one_block = true});
  EXPECT_EQ(table.find(one.substr(0, one.size() - 1)), 0u);
  EXPECT_EQ(one.find("p95 wait"), std::string::npos);
  // Names whose middle is left out are still told apart.
  EXPECT_NE(table.find("~2"), std::string::npos) << table;
  EXPECT_NE(table.find("~3"), std::string::npos);
}

TEST(EvaluationTable, NamesOfHeuristicsAreWholeAndMetricsGiveWay) {
  Evaluation e;
  const std::vector<std::string> names = {"wait_mean_s",        "turnaround_mean_s",
                                          "throughput_per_h",   "utilization_ref",
                                          "memory_utilization", "bounded_slowdown"};
  e.metrics = metric_infos(names);
  e.headline = "wait_mean_s";
  e.episodes = {"0", "1"};
  const std::string run = "runs/a-long-name-of-a-run-for-philly/policy";
  for (const std::string& name :
       {std::string("conservative-backfill"), run, std::string("conservative-backfill@128")}) {
    PolicyResult policy;
    policy.name = name;
    policy.learned = name == run;
    policy.limited = name.find('@') != std::string::npos;
    policy.samples.assign(names.size(), {1234567.0 + static_cast<double>(name.size()), 7654321.0});
    e.policies.push_back(policy);
  }
  const std::string table = evaluation_table(e, names, {.limited = true, .one_block = true});
  EXPECT_LE(widest(table), 80u);
  EXPECT_NE(table.find("  conservative-backfill "), std::string::npos) << table;
  EXPECT_NE(table.find("  conservative-backfill@128 "), std::string::npos) << table;
  EXPECT_NE(table.find("* " + shortened(run, 24) + " "), std::string::npos) << table;
  EXPECT_EQ(table.find("slowdown"), std::string::npos) << table;
}

TEST(EvaluationTable, ChoosesFiveColumnsThatDifferTheHeadlineFirst) {
  Evaluation e = two_policies();
  e.headline = "gpu_utilization";
  EXPECT_EQ(table_columns(e, {"wait_mean_s", "wait_max_s", "no_such_metric", "unfinished_jobs"}),
            (std::vector<std::string>{"gpu_utilization", "wait_mean_s", "wait_max_s",
                                      "unfinished_jobs"}));
  EXPECT_EQ(table_columns(e, {"wait_mean_s", "wait_max_s"}, 2).size(), 2u);
  e.policies.pop_back();  // then no policy has jobs that did not finish
  EXPECT_EQ(table_columns(e, {"unfinished_jobs", "wait_mean_s"}),
            (std::vector<std::string>{"gpu_utilization", "wait_mean_s"}));
}

TEST(Wrap, BreaksAtBlanksAndCountsCharacters) {
  EXPECT_EQ(wrapped("one two three", 7), "one two\nthree\n");
  EXPECT_EQ(wrapped("one two three", 7, "  "), "one two\n  three\n");
  EXPECT_EQ(wrapped("± ± ± ±", 3), "± ±\n± ±\n");
  EXPECT_EQ(wrapped("a muchtoolong word", 4, " "), "a\n muchtoolong\n word\n");
  EXPECT_EQ(wrapped("by 30 % (or 5 min)", 6), "by\n30 %\n(or\n5 min)\n");
  EXPECT_EQ(wrapped("23 to 88 %), and", 10), "23 to\n88 %), and\n");
  EXPECT_EQ(wrapped("", 4), "\n");
}

TEST(Wrap, ShortensInTheMiddle) {
  EXPECT_EQ(shortened("policy", 6), "policy");
  EXPECT_EQ(shortened("runs/first/policy", 12), "runs/…policy");
  EXPECT_EQ(text_width(shortened("grüße/an/alle/äöüäöü", 9)), 9u);
}

}  // namespace
}  // namespace cusched
