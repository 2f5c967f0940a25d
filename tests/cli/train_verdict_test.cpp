// SPDX-License-Identifier: MIT
#include "cli/train_verdict.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/selection.h"
#include "tests/cli/training_child.h"

// Whether the verdict of a training says truly what its policy is judged by.
namespace cusched::test {
namespace {

using nlohmann::json;

WorkloadSummary trained_on(int64_t begin, int64_t end, int64_t held_out) {
  WorkloadSummary s;
  s.jobs = 600;
  s.ranges = {{begin, end}};
  s.held_out = held_out;
  return s;
}

TEST(JudgingJobs, AreHeldOutWhereTheTrainingLeftThemAlone) {
  const JudgingJobs judged = judging_jobs(trained_on(0, 420, 480), false, {1, 90001});
  EXPECT_TRUE(judged.held_out);
  EXPECT_EQ(judged.part, "held-out");
}

TEST(JudgingJobs, AreThoseOfTheTrainingWhereItSawAll) {
  for (const auto& summary :
       {trained_on(0, 600, 480), trained_on(480, 600, 480), trained_on(0, 600, 0)}) {
    const JudgingJobs judged = judging_jobs(summary, false, {1, 90001});
    EXPECT_FALSE(judged.held_out);
    EXPECT_EQ(judged.part, "");
  }
  EXPECT_FALSE(judging_jobs({}, /*listed=*/true, {1}).held_out);
}

TEST(JudgingJobs, OfAGeneratorHaveASeedOfTheirOwn) {
  EXPECT_EQ(judging_jobs({}, false, {1, 90001}).seed, 424242u);
  EXPECT_EQ(judging_jobs({}, false, {424243, 424242}).seed, 424244u);
  EXPECT_TRUE(judging_jobs({}, false, {424242}).held_out);
}

class TrainVerdictTest : public FolderTest {
 protected:
  // 600 jobs, one a minute.
  std::string trace() const {
    std::ofstream file(at("jobs.csv"));
    file << "submit_s,run_s,cpu_milli,memory_mib\n";
    for (int i = 0; i < 600; ++i)
      file << 60 * i << "," << 30 + (i * 7) % 400 << "," << 1000 * (1 + i % 4) << ",512\n";
    return at("jobs.csv");
  }
  Outcome train(const std::vector<std::string>& more) const {
    std::vector<std::string> words =
        small_training(at("run"), {"--quiet", "--steps", "64", "--trace", trace(), "--nodes",
                                   "2x4c16g", "--json", at("result.json"), "--verdict=true"});
    words.erase(std::find(words.begin(), words.end(), "--verdict=false"));
    words.insert(words.end(), more.begin(), more.end());
    return cusched_command(words);
  }
  json verdict() const { return json::parse(read("result.json"))["verdict"]; }
};

TEST_F(TrainVerdictTest, JudgesByThePartHeldOut) {
  const Outcome o = train({});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_TRUE(contains(o.out, "verdict, on 2 windows of the held-out part of the trace, neither"))
      << o.out;
  EXPECT_FALSE(contains(o.err, "NOT held out")) << o.err;
  EXPECT_EQ(verdict()["held_out"], true);
  EXPECT_EQ(verdict()["part"], "held-out");
}

TEST_F(TrainVerdictTest, SaysWhereTheTrainingMayHaveSeenItsJobs) {
  for (const std::vector<std::string>& more :
       std::vector<std::vector<std::string>>{{"--part", "held-out"},
                                             {"--part", "all"},
                                             {"--part", "all", "--length", "0"},
                                             {"--trace-ranges", "0-299"},
                                             {"--starts", "0,100", "--length", "50"}}) {
    const Outcome o = train(more);
    ASSERT_EQ(o.code, 0) << o.err;
    EXPECT_TRUE(contains(o.out, " that the training may have seen, NOT held out:")) << o.out;
    EXPECT_FALSE(contains(o.out, "neither trained on")) << o.out;
    EXPECT_TRUE(contains(o.err, "warning: NOT held out")) << o.err;
    EXPECT_EQ(verdict()["held_out"], false);
    EXPECT_FALSE(verdict().contains("part"));
    std::filesystem::remove_all(at("run"));
  }
}

TEST_F(TrainVerdictTest, WhatJudgesDoesNotChoose) {
  for (const char* setting : {"part=held-out", "part=all"}) {
    const Outcome o = train({"--select-set", setting});
    EXPECT_EQ(o.code, kExitBadInput);
    EXPECT_TRUE(contains(o.err, "--select-set: the policy would be chosen by jobs 480 to 600"))
        << o.err;
  }
}

TEST(TrainVerdict, WhatChoseOnAnotherTraceIsNotSaidToBeApart) {
  TrainVerdict verdict;
  verdict.windows = true;
  verdict.jobs = judging_jobs(trained_on(0, 420, 480), false, {1, 90001});
  EXPECT_NE(verdict_text(verdict).find("neither"), std::string::npos);
  EXPECT_EQ(verdict_json(verdict)["held_out"], true);
  verdict.jobs.chooser_known = false;
  EXPECT_EQ(verdict_text(verdict).find("neither"), std::string::npos);
  EXPECT_NE(verdict_text(verdict).find("(--select-set)"), std::string::npos);
  EXPECT_TRUE(verdict_json(verdict)["held_out"].is_null());

  SelectionOptions options;
  options.settings = {"load=0.9"};
  EXPECT_FALSE(options.plays_other_jobs());
  options.settings.push_back("trace=cut.swf");
  EXPECT_TRUE(options.plays_other_jobs());
}

}  // namespace
}  // namespace cusched::test
