// SPDX-License-Identifier: MIT
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/cli/training_child.h"

// The way from a trace to a policy: one command with `--preset trace`.
namespace cusched::test {
namespace {

using nlohmann::json;

class TracePreset : public FolderTest {
 protected:
  // Jobs of GPUs and some gangs, one a minute.
  std::string table(int jobs) const {
    std::ofstream file(at("jobs.csv"));
    file << "submit_s,run_s,cpu_milli,memory_mib,gpus,pods,tenant\n";
    for (int i = 0; i < jobs; ++i)
      file << 60 * i << "," << 600 + (i * 389) % 5000 << "," << 4000 * (1 + i % 2) << ",16384,"
           << 1 + i % 2 << "," << (i % 40 == 0 ? 4 : 1) << ",team" << i % 3 << "\n";
    return at("jobs.csv");
  }
  std::string swf(int jobs) const {
    std::ofstream file(at("log.swf"));
    file << "; MaxProcs: 64\n";
    for (int i = 0; i < jobs; ++i)
      file << i + 1 << " " << 40 * i << " -1 " << 30 + (i * 389) % 900 << " " << (1 << i % 6)
           << " -1 -1 -1 -1 -1 1 " << i % 7 << " -1 -1 -1 -1 -1 -1\n";
    return at("log.swf");
  }
  Outcome train(const std::string& file, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {
        "train", "--env",    "admission",  "--preset",    "trace", "--trace",
        file,    "--out",    at("run"),    "--envs",      "16",    "--rollout",
        "16",    "--hidden", "8",          "--device",    "cpu",   "--threads",
        "1",     "--json",   at("r.json"), "--minibatch", "128",   "--select-every",
        "0"};
    words.insert(words.end(), more.begin(), more.end());
    return cusched_command(words);
  }
};

TEST_F(TracePreset, ATableBecomesAPolicyAndAReport) {
  const Outcome o = train(table(700), {"--steps", "64", "--length", "30"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_TRUE(contains(o.err, "nodes auto: ")) << o.err;
  EXPECT_TRUE(contains(o.out, "of the held-out part of the trace")) << o.out;
  EXPECT_TRUE(contains(o.out, "report: " + at("run/report.html"))) << o.out;
  const std::string page = read("run/report.html");
  EXPECT_TRUE(contains(page, "</html>"));
  EXPECT_TRUE(contains(page, "easy-backfill"));
  const json result = json::parse(read("r.json"));
  EXPECT_EQ(result["report"], at("run/report.html"));
  EXPECT_EQ(result["verdict"]["part"], "held-out");
  EXPECT_TRUE(contains(read("run/config.yaml"), "seconds: 0")) << "the steps were said";

  // What it was trained with, for its evaluation; the windows of that are the record.
  const Outcome e = cusched_command({"eval", "--policy", at("run/policy.pt"), "--baselines", "fifo",
                                     "--device", "cpu", "--episodes", "3"});
  ASSERT_EQ(e.code, 0) << e.err;
  EXPECT_TRUE(contains(e.err, "held out: jobs 560 to 700 of jobs.csv")) << e.err;
  EXPECT_FALSE(contains(e.err, "augment")) << e.err;
}

TEST_F(TracePreset, AnHpcLogBecomesAPolicyOnItsMachine) {
  const Outcome o = train(swf(700), {"--steps", "64", "--augment-model", "0.5", "--no-verdict"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_TRUE(contains(o.err, "fitted with Lublin's model")) << o.err;
  EXPECT_FALSE(std::filesystem::exists(at("run/report.html")));
}

TEST_F(TracePreset, TakesTenMinutesWhereNobodySaysHowLong) {
  const Outcome o = train(table(100), {"--print-config"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_TRUE(contains(o.out, "seconds: 600")) << o.out;
  const Outcome steps = train(table(100), {"--print-config", "--steps", "1000"});
  EXPECT_TRUE(contains(steps.out, "seconds: 0")) << steps.out;
  const Outcome both = train(table(100), {"--print-config", "--seconds", "5"});
  EXPECT_TRUE(contains(both.out, "seconds: 5")) << both.out;
}

TEST_F(TracePreset, WantsATrace) {
  const Outcome o =
      cusched_command({"train", "--env", "admission", "--preset", "trace", "--out", at("run")});
  EXPECT_EQ(o.code, 2);
  EXPECT_TRUE(contains(o.err, "nodes auto are counted by the jobs of a trace, and there is none"))
      << o.err;
  EXPECT_FALSE(std::filesystem::exists(at("run")));
}

TEST_F(TracePreset, AnEvaluationPlaysTheRecord) {
  const Outcome o = cusched_command({"eval", "--trace", table(100), "--nodes", "auto",
                                     "--baselines", "fifo", "--augment-jitter", "0.2"});
  EXPECT_EQ(o.code, 2);
  EXPECT_TRUE(contains(o.err, "--augment-jitter: has no effect: only a training varies")) << o.err;
}

}  // namespace
}  // namespace cusched::test
