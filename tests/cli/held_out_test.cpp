// SPDX-License-Identifier: MIT
#include "cli/held_out.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/cli/training_child.h"

// Whether an evaluation says truly that its jobs were held out.
namespace cusched::test {
namespace {

using nlohmann::json;

WorkloadSummary windows(int64_t begin, int64_t end, int64_t length) {
  WorkloadSummary s;
  s.jobs = 6000;
  s.ranges = {{begin, end}};
  s.window_jobs = length;
  s.windows = (end - begin) / length;
  return s;
}

TEST(HeldOut, AsManyEpisodesAsWindowsLieSideBySide) {
  EXPECT_EQ(default_episodes(windows(4800, 6000, 200)), 11);  // six, and five between
  EXPECT_EQ(default_episodes(windows(4800, 5400, 200)), 3);
  EXPECT_EQ(default_episodes(windows(0, 6000, 300)), 32);
  EXPECT_EQ(default_episodes(windows(0, 6000, 100)), 32);
  EXPECT_EQ(default_episodes(windows(4800, 5100, 200)), 2);
  EXPECT_EQ(default_episodes(windows(0, 6000, 6000)), 1);
  EXPECT_EQ(default_episodes({}), 32);
}

class HeldOutEval : public FolderTest {
 protected:
  // `jobs` jobs, one a minute; `shift` makes another trace.
  std::string trace(const std::string& name, int jobs, int shift = 0) const {
    std::string text = "submit_s,run_s,cpu_milli,memory_mib\n";
    for (int i = 0; i < jobs; ++i)
      text += std::to_string(60 * i) + "," + std::to_string(30 + (i * 7 + shift) % 400) + "," +
              std::to_string(1000 * (1 + i % 4)) + ",512\n";
    write(name, text);
    return at(name);
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(at(name)) << text;
  }
  Outcome eval(const std::vector<std::string>& more) const {
    std::vector<std::string> words = {"eval",        "--policy", at("run/policy.pt"),
                                      "--baselines", "fifo",     "--json",
                                      "-",           "--device", "cpu"};
    words.insert(words.end(), more.begin(), more.end());
    return cusched_command(words);
  }
};

TEST_F(HeldOutEval, APolicyIsJudgedOnJobsThatItsTrainingDidNotSee) {
  const std::string file = trace("jobs.csv", 600);
  Outcome o = cusched_command(small_training(
      at("run"), {"--quiet", "--steps", "64", "--trace", file, "--nodes", "2x4c16g"}));
  ASSERT_EQ(o.code, 0) << o.err;

  o = eval({});  // 60 jobs a window, 480 to 600
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_TRUE(contains(o.err, "held out: jobs 480 to 600 of jobs.csv, of which the training of"))
      << o.err;
  EXPECT_FALSE(contains(o.err, "NOT held out")) << o.err;
  json result = json::parse(o.out);
  EXPECT_EQ(result["held_out"], true);
  EXPECT_EQ(result["episodes"].size(), 2u);
  EXPECT_EQ(result["policies"][0]["per_episode"]["jobs"], (std::vector<double>{60, 60}));
  EXPECT_EQ(result["intervals"]["starts"], (std::vector<int64_t>{480, 540}));

  o = eval({"--part", "all", "--episodes", "20"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_TRUE(contains(o.err, "NOT held out: of jobs 0 to 600 of jobs.csv the training of"))
      << o.err;
  EXPECT_TRUE(contains(o.err, "saw 480, jobs 0 to 480")) << o.err;
  EXPECT_EQ(json::parse(o.out)["intervals"]["block"], 3);  // every 28 jobs one of 60
  EXPECT_EQ(json::parse(o.out)["held_out"], false);

  // The part by which a policy is chosen does not judge it.
  o = eval({"--part", "validation"});
  EXPECT_TRUE(contains(o.err, "NOT held out: of jobs 420 to 480")) << o.err;

  o = eval({"--trace", trace("other.csv", 600, 1)});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_TRUE(contains(o.err, "another trace than")) << o.err;
  EXPECT_TRUE(json::parse(o.out)["held_out"].is_null());
}

TEST_F(HeldOutEval, PartsMeanNothingOfGeneratedJobs) {
  const Outcome o =
      cusched_command({"eval", "--baselines", "fifo", "--episodes", "1", "--part", "held-out"});
  EXPECT_EQ(o.code, 2);
  EXPECT_TRUE(contains(o.err, "part held-out has no effect: windows are cut from a trace"))
      << o.err;
}

}  // namespace
}  // namespace cusched::test
