// SPDX-License-Identifier: MIT
#include "cli/explain.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/cli/cli_test_util.h"

namespace cusched {
namespace {

using test::contains;
using test::cusched_command;
using test::Outcome;

TEST(Explain, EverythingWithANameHasAText) {
  std::vector<std::string> kinds;
  for (const Explanation& one : all_explanations()) {
    EXPECT_FALSE(one.text.empty()) << one.kind << " " << one.name << " of " << one.environment;
    EXPECT_NE(one.name, "");
    kinds.push_back(one.kind);
  }
  for (const std::string& kind : explanation_kinds())
    if (kind != "objective") {
      EXPECT_NE(std::count(kinds.begin(), kinds.end(), kind), 0) << kind;
    }
}

TEST(Explain, TellsARuleWithSourceAndOtherName) {
  const Outcome o = cusched_command({"explain", "heuristic", "fcfs"});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_TRUE(contains(o.out, "heuristic fcfs of admission")) << o.out;
  EXPECT_TRUE(contains(o.out, "source: RLScheduler")) << o.out;
  EXPECT_TRUE(contains(o.out, "see: fifo-skip")) << o.out;
  EXPECT_TRUE(contains(cusched_command({"explain", "fifo-skip"}).out, "see: fcfs"));
}

TEST(Explain, TellsWhatAPresetSets) {
  const Outcome o = cusched_command({"explain", "preset", "short-waits"});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_TRUE(contains(o.out, "--idle false (objective slowdown)")) << o.out;
  EXPECT_TRUE(contains(o.out, "(objective slowdown)")) << o.out;
  EXPECT_TRUE(contains(o.out, "--network pointer (with --algo ppo)")) << o.out;
}

TEST(Explain, TellsOfAMetricItsUnitAndDirection) {
  const auto json =
      nlohmann::json::parse(cusched_command({"explain", "bounded_slowdown", "--json"}).out);
  ASSERT_EQ(json.size(), 1u);
  EXPECT_EQ(json[0]["kind"], "metric");
  EXPECT_FALSE(json[0].contains("unit"));
  EXPECT_EQ(json[0]["better"], "lower");
}

TEST(Explain, TakesAnOptionAsItIsWritten) {
  for (const char* name : {"--learning-rate", "learning_rate", "learning-rate"}) {
    const Outcome o = cusched_command({"explain", "option", name[0] == '-' ? name + 2 : name});
    EXPECT_EQ(o.code, 0) << o.err;
    EXPECT_TRUE(contains(o.out, "written: --learning-rate REAL,...")) << o.out;
    EXPECT_TRUE(contains(o.out, "train")) << o.out;
  }
}

TEST(Explain, ListsTheNamesOfAKind) {
  const Outcome o = cusched_command({"explain", "heuristic"});
  EXPECT_TRUE(contains(o.out, "heuristic of admission:")) << o.out;
  EXPECT_TRUE(contains(o.out, "easy-backfill"));
  EXPECT_TRUE(contains(o.out, "heuristic of placement:"));
  const Outcome one = cusched_command({"explain", "heuristic", "--env", "placement"});
  EXPECT_FALSE(contains(one.out, "easy-backfill")) << one.out;
  EXPECT_TRUE(contains(cusched_command({"explain"}).out, "feature of admission:"));
}

TEST(Explain, RefusesWhatIsNotThereWithTheClosestName) {
  const Outcome name = cusched_command({"explain", "heuristic", "fcsf"});
  EXPECT_EQ(name.code, kExitBadInput);
  EXPECT_TRUE(contains(name.err, "Did you mean 'fcfs'?")) << name.err;
  const Outcome kind = cusched_command({"explain", "rule", "fcfs"});
  EXPECT_EQ(kind.code, kExitBadInput);
  EXPECT_TRUE(contains(kind.err, "'rule' is no kind of thing")) << kind.err;
}

}  // namespace
}  // namespace cusched
