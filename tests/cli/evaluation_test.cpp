// SPDX-License-Identifier: MIT
#include "cli/evaluation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace cusched {
namespace {

const double kNan = std::numeric_limits<double>::quiet_NaN();

Evaluation example() {
  Evaluation e;
  e.env = "admission";
  e.workload = "skrueue-sim";
  e.metrics = {{"wait_mean_s", "s", "mean wait", MetricInfo::Better::kLower},
               {"completed", "", "jobs", MetricInfo::Better::kHigher}};
  e.episodes = {"0", "1", "2"};
  e.policies = {{"policy", true, {{10, 20, 30}, {5, 5, 6}}, {}},
                {"fifo", false, {{11, 22, 33}, {5, 5, kNan}}, {}},
                {"sjf@10", false, {{9, 18, 27}, {7, 7, 7}}, {}}};
  e.facts = {{"seed", "1"}};
  return e;
}

TEST(Evaluation, JsonHasTheAgreedShape) {
  const nlohmann::json json = evaluation_json(example());
  EXPECT_EQ(json["env"], "admission");
  EXPECT_EQ(json["workload"], "skrueue-sim");
  ASSERT_EQ(json["policies"].size(), 3u);
  const auto& wait = json["policies"][0]["metrics"]["wait_mean_s"];
  EXPECT_EQ(json["policies"][0]["name"], "policy");
  EXPECT_DOUBLE_EQ(wait["mean"], 20);
  // t(0.975, 2) = 4.302653, deviation 10, n = 3.
  EXPECT_NEAR(wait["ci95"][0], 20 - 4.302653 * 10 / std::sqrt(3.0), 1e-5);
  EXPECT_NEAR(wait["ci95"][1], 20 + 4.302653 * 10 / std::sqrt(3.0), 1e-5);
  // NaN samples are left out of the mean and null in the list.
  EXPECT_EQ(json["policies"][1]["metrics"]["completed"]["mean"], 5);
  EXPECT_EQ(json["policies"][1]["metrics"]["completed"]["n"], 2);
  EXPECT_TRUE(json["policies"][1]["per_episode"]["completed"][2].is_null());
  // What was written parses back: no NaN slips into the text.
  EXPECT_EQ(nlohmann::json::parse(json.dump()), json);
}

TEST(Evaluation, PairsTheLearnedPolicyWithEveryOther) {
  const std::vector<PairedRow> rows = paired_rows(example());
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].policy, "policy");
  EXPECT_EQ(rows[0].baseline, "fifo");
  EXPECT_DOUBLE_EQ(rows[0].metrics[0].mean, -2);  // (-1, -2, -3)
  EXPECT_DOUBLE_EQ(rows[1].metrics[0].mean, 2);

  Evaluation heuristics = example();
  heuristics.policies.erase(heuristics.policies.begin());
  const std::vector<PairedRow> others = paired_rows(heuristics);
  ASSERT_EQ(others.size(), 1u);
  EXPECT_EQ(others[0].policy, "fifo");
  EXPECT_EQ(others[0].baseline, "sjf@10");
}

TEST(Evaluation, RanksByTheMeanTheBestFirstAndTheUnknownLast) {
  Evaluation e = example();
  e.policies.push_back({"none", true, {{kNan, kNan, kNan}, {9, 9, 9}}, {}});
  EXPECT_EQ(ranking(e, "wait_mean_s"), (std::vector<size_t>{2, 0, 1, 3}));
  EXPECT_EQ(ranking(e, "completed"), (std::vector<size_t>{3, 2, 0, 1}));
  EXPECT_EQ(ranking(e, "no_such_metric"), (std::vector<size_t>{0, 1, 2, 3}));
}

TEST(Evaluation, FindsNamesOfTheSameRule) {
  Evaluation e = example();
  const auto copy = [&](size_t of, const std::string& name, bool learned, bool limited) {
    e.policies.push_back(e.policies[of]);
    e.policies.back().name = name;
    e.policies.back().learned = learned;
    e.policies.back().limited = limited;
  };
  e.policies[2].limited = true;     // sjf@10
  copy(1, "fcfs", false, false);    // 3: the same as fifo, NaN included
  copy(2, "sjf", false, false);     // 4: stands for sjf@10
  copy(1, "learned", true, false);  // 5: a policy stands for itself
  copy(1, "other", false, false);   // 6: one number differs
  e.policies[6].samples[0][1] += 1e-9;
  EXPECT_EQ(same_results(e), (std::vector<size_t>{0, 1, 4, 1, 4, 5, 6}));
}

}  // namespace
}  // namespace cusched
