// SPDX-License-Identifier: MIT
#include "cli/warm_start.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "envs/registry.h"
#include "tests/cli/cli_test_util.h"

namespace cusched {
namespace {

TEST(WarmStart, SaysOnWhatShareOfItsStatesAPolicyAgrees) {
  WarmStartReport report;
  report.agreement = 0.993;
  report.iterations = 14;
  report.share = 0.042;
  EXPECT_EQ(warm_start_text(report, "f1"),
            "warm start: agrees with f1 on 99.3 % of its own states, after 14 iterations (4.2 % of "
            "the training)");
}

class WarmStartTest : public test::FolderTest {
 protected:
  // A short training that begins with `heuristic`.
  test::Outcome train(const std::string& heuristic, std::vector<std::string> more) const {
    std::vector<std::string> words = {
        "train", "--env",        "admission",   "--warm-start", heuristic,   "--slots",
        "8",     "--envs",       "8",           "--rollout",    "16",        "--hidden",
        "16",    "--horizon-s",  "7200",        "--out",        at("run"),   "--select-every",
        "0",     "--no-verdict", "--minibatch", "128",          "--threads", "1"};
    words.insert(words.end(), more.begin(), more.end());
    return test::cusched_command(words);
  }
};

TEST_F(WarmStartTest, AnUnknownHeuristicIsRefusedByName) {
  const test::Outcome outcome = train("nobody", {"--steps", "1000"});
  EXPECT_EQ(outcome.code, kExitBadInput);
  EXPECT_NE(outcome.err.find("--warm-start"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("'nobody' is no heuristic of admission"), std::string::npos)
      << outcome.err;
  EXPECT_FALSE(std::filesystem::exists(at("run/checkpoint")));
}

TEST_F(WarmStartTest, ItsEndIsToldAndAResumeWantsTheSameHeuristic) {
  const test::Outcome first = train("sjf", {"--steps", "2560", "--json", at("result.json")});
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_NE(first.err.find("warm start: the imitation of sjf ended after"), std::string::npos)
      << first.err;
  const nlohmann::json result = nlohmann::json::parse(read("result.json"));
  EXPECT_EQ(result["warm_start"]["heuristic"], "sjf");
  EXPECT_GT(result["warm_start"]["iterations"], 0);

  const test::Outcome other = train("fcfs", {"--steps", "3840", "--resume"});
  EXPECT_EQ(other.code, kExitBadInput);
  EXPECT_NE(other.err.find("--warm-start is fcfs, the checkpoint was trained with sjf"),
            std::string::npos)
      << other.err;
  EXPECT_EQ(train("sjf", {"--steps", "3840", "--resume"}).code, 0);
}

TEST_F(WarmStartTest, AResumeOfAColdTrainingDoesNotBecomeWarm) {
  ASSERT_EQ(train("none", {"--steps", "1280"}).code, 0);
  const test::Outcome resumed = train("best", {"--steps", "2560", "--resume"});
  EXPECT_EQ(resumed.code, kExitBadInput);
  EXPECT_NE(resumed.err.find("began cold"), std::string::npos) << resumed.err;
}

TEST_F(WarmStartTest, ATimeThatTheSearchUsesUpTrainsNothing) {
  const test::Outcome outcome = train("best", {"--seconds", "0.01"});
  EXPECT_EQ(outcome.code, kExitBadInput);
  EXPECT_NE(outcome.err.find("--seconds: finding out what to imitate took"), std::string::npos)
      << outcome.err;
  EXPECT_FALSE(std::filesystem::exists(at("run/policy.pt")));
}

TEST_F(WarmStartTest, WhereAllRulesAreAlikeNoneIsSearchedFor) {
  const test::Outcome outcome = train("best", {"--steps", "1280", "--load", "0.001"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("there may be nothing to schedule"), std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.err.find("searching for a rule"), std::string::npos) << outcome.err;
}

TEST_F(WarmStartTest, BestIsFoundAndKept) {
  // Of 8 s the search may take two; without a time it takes half a minute.
  const test::Outcome outcome = train("best", {"--steps", "1280", "--seconds", "8"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("the best of"), std::string::npos) << outcome.err;
  EXPECT_EQ(read("run/config.yaml").find("warm-start: best"), std::string::npos);
  EXPECT_NE(read("run/config.yaml").find("warm-start: "), std::string::npos);
}

TEST_F(WarmStartTest, ADryRunSaysWhatComesFirstAndLooksForNothing) {
  const test::Outcome outcome = train("best", {"--seconds", "600", "--dry-run"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("it would first find out what to imitate, in about 2.8 min"),
            std::string::npos)
      << outcome.err;
  EXPECT_EQ(train("tuned", {"--seconds", "600", "--tuned-weights", "1", "--dry-run"})
                .err.find("find out"),
            std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(at("run")));
}

TEST(WarmStartOptionsTest, TheImitationsShareBeginsWhereTheSearchEnded) {
  WarmStartOptions warm;
  warm.heuristic = "sjf";
  const EnvEntry& entry = find_environment("admission");
  const double own = warm.config(entry).share;
  warm.spent_share = 0.3;
  EXPECT_DOUBLE_EQ(warm.config(entry).share, 0.3 + own);
  warm.spent_share = 0.99;
  EXPECT_DOUBLE_EQ(warm.config(entry).share, 1);
}

TEST_F(WarmStartTest, WhatAColdStartIgnoresIsNoted) {
  const test::Outcome outcome = train("none", {"--steps", "256", "--anchor", "0.5", "--dry-run"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("--anchor has no effect: warm-start is none"), std::string::npos)
      << outcome.err;
}

}  // namespace
}  // namespace cusched
