// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/report/gantt.h"
#include "tests/cli/cli_test_util.h"

// `cusched play`: a decision of a policy explained, and an episode as a picture.
namespace cusched {
namespace {

using Words = std::vector<std::string>;

// One node of four cores, which the first job fills until 100 s; at 100 s the long and the short
// job wait.
class Play : public test::FolderTest {
 protected:
  void SetUp() override {
    FolderTest::SetUp();
    write("jobs.csv",
          "submit_s,run_s,cpu_milli,memory_mib\n0,100,4000,64\n1,500,4000,64\n2,50,4000,64\n");
    const test::Outcome trained = test::cusched_command(with_jobs({"train",
                                                                   "--network",
                                                                   "pointer",
                                                                   "--hidden",
                                                                   "4",
                                                                   "--envs",
                                                                   "2",
                                                                   "--rollout",
                                                                   "8",
                                                                   "--minibatch",
                                                                   "16",
                                                                   "--epochs",
                                                                   "1",
                                                                   "--steps",
                                                                   "16",
                                                                   "--quiet",
                                                                   "--verdict=false",
                                                                   "--window",
                                                                   "head",
                                                                   "--out",
                                                                   at("run")}));
    ASSERT_EQ(trained.code, 0) << trained.err;
  }
  Words with_jobs(const Words& more) const {
    Words words = more;
    for (const std::string& word :
         {std::string("--trace"), at("jobs.csv"), std::string("--nodes"), std::string("1x4c1g"),
          std::string("--starts"), std::string("0"), std::string("--length"), std::string("3")})
      words.push_back(word);
    return words;
  }
  test::Outcome play(const Words& more) const {
    Words words = {"play", "--policy", at("run/policy.pt")};
    words.insert(words.end(), more.begin(), more.end());
    return test::cusched_command(with_jobs(words));
  }
};

TEST_F(Play, TellsTheQueueAndWhatEveryHeuristicWouldDo) {
  const test::Outcome outcome = play({"--at", "50s", "--json", at("out.json")});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto json = nlohmann::json::parse(read("out.json"));
  const auto& decision = json["decision"];
  EXPECT_EQ(decision["now_s"], 100);
  ASSERT_EQ(decision["queue"].size(), 2u);
  EXPECT_EQ(decision["queue"][0]["id"], 1);
  EXPECT_EQ(decision["queue"][0]["waited_s"], 99);
  EXPECT_EQ(decision["queue"][1]["estimate_s"], 50);
  EXPECT_EQ(decision["heuristics"]["fifo"], 1);
  EXPECT_EQ(decision["heuristics"]["sjf"], 2);
  double sum = 0;
  for (const auto& job : decision["queue"]) sum += job["probability"].get<double>();
  EXPECT_LE(sum, 1.0 + 1e-9);
  EXPECT_TRUE(test::contains(outcome.out, "100 s after the window's start") ||
              test::contains(outcome.out, "1:40 after the window's start"))
      << outcome.out;
  size_t line_begin = 0;
  for (size_t end; (end = outcome.out.find('\n', line_begin)) != std::string::npos;
       line_begin = end + 1)
    EXPECT_LE(end - line_begin, 80u) << outcome.out.substr(line_begin, end - line_begin);
}

TEST_F(Play, AHeuristicMayChooseBehindTheWindowOfThePolicy) {
  const test::Outcome outcome = play({"--slots", "1", "--at", "50s", "--json", at("out.json")});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto json = nlohmann::json::parse(read("out.json"));
  EXPECT_EQ(json["decision"]["slots"], 1);
  EXPECT_EQ(json["decision"]["heuristics"]["sjf"], 2);
  EXPECT_FALSE(json["decision"]["queue"][1].contains("score"));
  EXPECT_TRUE(test::contains(outcome.out, "place 2 of the queue")) << outcome.out;
}

TEST_F(Play, ShowsTheQueueAsThePolicySeesIt) {
  const test::Outcome outcome = play({"--window", "sjf", "--at", "50s", "--json", at("out.json")});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto queue = nlohmann::json::parse(read("out.json"))["decision"]["queue"];
  ASSERT_EQ(queue.size(), 2u);
  EXPECT_EQ(queue[0]["id"], 2);
  EXPECT_EQ(queue[1]["id"], 1);
}

TEST_F(Play, DrawsPolicyAndHeuristicSideBySide) {
  const test::Outcome outcome =
      play({"--against", "sjf", "--gantt", at("episode.svg"), "--json", at("out.json")});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::string svg = read("episode.svg");
  EXPECT_EQ(test::first_unbalanced(svg), "");
  EXPECT_TRUE(test::contains(svg, "sjf: mean wait 1:22")) << svg;  // (0 + 149 + 98) / 3 s
  EXPECT_EQ(nlohmann::json::parse(read("out.json"))["metrics"]["sjf"]["wait_mean_s"], 247.0 / 3.0);
}

TEST_F(Play, RefusesWhatIsNotThere) {
  EXPECT_EQ(play({"--at", "2h"}).code, 2);
  EXPECT_EQ(play({"--against", "sjff"}).code, 2);
  EXPECT_EQ(play({"--episode", "32"}).code, 2);
  EXPECT_EQ(test::cusched_command({"play"}).code, 2);
}

TEST(Gantt, ARowForEachJobTheSameInEveryPanel) {
  JobRecord ran, waits;
  ran.submit = 0, ran.start = 1800, ran.end = 3600, ran.run = 1800, ran.cpu_milli = 1000;
  ran.outcome = JobRecord::Outcome::kCompleted;
  waits.submit = 900, waits.cpu_milli = 16000;
  const EpisodeJobs episode{{ran, waits}, 3600};
  const std::string svg = gantt_file({{"a <b>", episode}, {"c", episode}}, 1800);
  EXPECT_EQ(test::first_unbalanced(svg), "");
  EXPECT_TRUE(test::contains(svg, "a &lt;b&gt;"));
  // Panels are 394 px wide from 44 and 454: the bar is their second half, the wait its first.
  EXPECT_TRUE(test::contains(svg, "M241 59.4h197v11.2h-197z")) << svg;
  EXPECT_TRUE(test::contains(svg, "M651 59.4h197v11.2h-197z")) << svg;
  EXPECT_EQ(test::count(svg, "class=\"now\""), 2);
}

}  // namespace
}  // namespace cusched
