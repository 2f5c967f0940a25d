// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "agents/checkpoint.h"
#include "cli/command.h"
#include "envs/registry.h"
#include "tests/cli/cli_test_util.h"

namespace cusched {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::contains;
using test::cusched_command;
using test::Outcome;

class EndToEnd : public test::FolderTest {
 protected:
  // A training small enough for a test: 16 environments, 16 steps an iteration.
  std::vector<std::string> small_training(const std::string& out, int iterations) const {
    return {"train",
            "--env",
            "admission",
            "--envs",
            "16",
            "--rollout",
            "16",
            "--minibatch",
            "128",
            "--hidden",
            "8",
            "--seed",
            "5",
            "--steps",
            std::to_string(256 * iterations),
            "--schedule-steps",
            "1024",
            "--device",
            "cpu",
            "--out",
            at(out),
            "--verdict=false",
            "--quiet"};
  }
};

// Presets have learners of their own, by environment: `default` is a preset of each.
TEST_F(EndToEnd, PresetsBringTheirLearner) {
  const auto printed = [](const char* env, const char* preset) {
    return cusched_command(
               {"train", "--env", env, "--preset", preset, "--steps", "1", "--print-config"})
        .out;
  };
  EXPECT_TRUE(contains(printed("admission", "skrueue"), "network: mlp"));
  for (const char* preset : {"default", "short-waits"})
    EXPECT_TRUE(contains(printed("admission", preset), "network: pointer")) << preset;
  for (const char* preset : {"default", "selsched", "openb-sample"})
    EXPECT_TRUE(contains(printed("placement", preset), "network: pointer")) << preset;
}

TEST_F(EndToEnd, TrainEvaluateExport) {
  Outcome o = cusched_command(small_training("run", 3));
  ASSERT_EQ(o.code, 0) << o.err;
  for (const char* name : {"policy.pt", "checkpoint", "config.yaml", "metrics.csv", "events"})
    EXPECT_TRUE(fs::exists(at("run/") + name)) << name;
  EXPECT_TRUE(contains(read("run/config.yaml"), "hidden: [8]"));

  o = cusched_command({"eval", "--policy", at("run/policy.pt"), "--baselines", "fifo,sjf",
                       "--episodes", "3", "--horizon-s", "7200", "--json", at("eval.json"),
                       "--report", at("report.html"), "--plot", at("plot.svg"), "--device", "cpu"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_TRUE(contains(o.out, "not shown: 2 baselines limited")) << o.out;
  const json result = json::parse(read("eval.json"));
  EXPECT_EQ(result["env"], "admission");
  EXPECT_EQ(result["workload"], "skrueue-sim");
  std::vector<std::string> names;
  for (const json& policy : result["policies"]) {
    names.push_back(policy["name"]);
    for (const std::string& metric : find_environment("admission").metrics) {
      ASSERT_TRUE(policy["metrics"].contains(metric)) << metric;
      const json& value = policy["metrics"][metric];
      ASSERT_TRUE(value["mean"].is_number()) << metric;
      EXPECT_LE(value["ci95"][0].get<double>(), value["mean"].get<double>()) << metric;
      EXPECT_GE(value["ci95"][1].get<double>(), value["mean"].get<double>()) << metric;
    }
  }
  EXPECT_EQ(names, (std::vector<std::string>{"policy", "fifo", "fifo@32", "sjf", "sjf@32"}));
  // The same streams for all: every policy met the same jobs in each episode.
  for (const json& policy : result["policies"])
    EXPECT_EQ(policy["per_episode"]["jobs"], result["policies"][0]["per_episode"]["jobs"]);
  EXPECT_TRUE(contains(read("report.html"), "</html>"));
  EXPECT_TRUE(contains(read("plot.svg"), "</svg>"));

  o = cusched_command({"export", at("run/checkpoint"), "--out", at("again.pt")});
  ASSERT_EQ(o.code, 0) << o.err;
  const auto play = [&](const std::string& policy) {
    const Outcome e = cusched_command({"eval", "--policy", policy, "--baselines", "none",
                                       "--episodes", "2", "--horizon-s", "3600", "--json", "-"});
    EXPECT_EQ(e.code, 0) << e.err;
    return json::parse(e.out)["policies"][0]["per_episode"];
  };
  EXPECT_EQ(play(at("again.pt")), play(at("run/policy.pt")));

  const auto warning = [&](const std::string& seed) {
    return cusched_command({"eval", "--policy", at("run/policy.pt"), "--baselines", "none",
                            "--episodes", "2", "--horizon-s", "3600", "--seed", seed})
        .err;
  };
  EXPECT_TRUE(contains(warning("5"), "was trained with seed 5"));
  EXPECT_FALSE(contains(warning("6"), "was trained with seed"));
}

TEST_F(EndToEnd, APolicyIsJudgedInTheEnvironmentItWasTrainedIn) {
  std::vector<std::string> training = small_training("run", 1);
  for (const char* word : {"--preset", "skrueue", "--slots", "6", "--horizon-s", "3600"})
    training.emplace_back(word);
  ASSERT_EQ(cusched_command(training).code, 0);
  const auto eval = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"eval", "--policy", at("run/policy.pt"), "--baselines", "fifo",
                               "--episodes", "2", "--device", "cpu", "--json", "-"});
    return cusched_command(more);
  };
  const Outcome plain = eval({});
  ASSERT_EQ(plain.code, 0) << plain.err;
  EXPECT_TRUE(contains(plain.err, "preset skrueue")) << plain.err;
  EXPECT_TRUE(contains(plain.err, "slots 6")) << plain.err;
  EXPECT_TRUE(contains(plain.out, "fifo@6")) << plain.out;
  const auto jobs = [](const Outcome& o) {
    return json::parse(o.out)["policies"][0]["per_episode"];
  };
  const Outcome spelled = eval({"--preset", "skrueue", "--slots", "6", "--horizon-s", "3600"});
  ASSERT_EQ(spelled.code, 0) << spelled.err;
  EXPECT_EQ(jobs(spelled), jobs(plain));
  // A flag wins over one setting.
  const Outcome longer = eval({"--horizon-s", "7200"});
  ASSERT_EQ(longer.code, 0) << longer.err;
  EXPECT_TRUE(contains(longer.out, "fifo@6"));
  EXPECT_NE(jobs(longer), jobs(plain));
  // Another preset replaces them all, and the policy does not fit what is seen there.
  const Outcome other = eval({"--preset", "default"});
  EXPECT_EQ(other.code, 2);
  EXPECT_TRUE(contains(other.err, "trained for G = 7, the environment has 13")) << other.err;
}

TEST_F(EndToEnd, ResumeContinuesBitEqual) {
  ASSERT_EQ(cusched_command(small_training("whole", 4)).code, 0);
  ASSERT_EQ(cusched_command(small_training("parts", 2)).code, 0);
  // OUT/config.yaml holds the rest of the configuration.
  const Outcome o = cusched_command(
      {"train", "--resume", "--out", at("parts"), "--steps", "1024", "--quiet", "--verdict=false"});
  ASSERT_EQ(o.code, 0) << o.err;
  const Checkpoint whole = read_checkpoint(at("whole/checkpoint"));
  const Checkpoint parts = read_checkpoint(at("parts/checkpoint"));
  EXPECT_EQ(parts.meta.iterations, 4);
  EXPECT_EQ(whole.meta.iterations, 4);
  EXPECT_TRUE(whole.payload == parts.payload);
}

TEST_F(EndToEnd, APopulationKeepsItsBestMember) {
  std::vector<std::string> words = small_training("population", 2);
  for (const char* word : {"--members", "3", "--learning-rate", "0.001,0.0003,0.0001",
                           "--select-episodes", "2", "--select-set", "horizon-s=3600"})
    words.push_back(word);
  Outcome o = cusched_command(words);
  ASSERT_EQ(o.code, 0) << o.err;
  o = cusched_command({"export", "--describe", at("population/policy.pt"), "--json"});
  ASSERT_EQ(o.code, 0) << o.err;
  const json schema = json::parse(o.out);
  EXPECT_EQ(schema["evaluation"]["metric"], "wait_mean_s");  // the objective's
  EXPECT_EQ(schema["evaluation"]["episodes"], 2);
  EXPECT_TRUE(schema["evaluation"]["mean"].is_number());

  words = small_training("bad", 2);
  for (const char* word : {"--members", "3", "--gamma", "0.9,0.8"}) words.push_back(word);
  o = cusched_command(words);
  EXPECT_EQ(o.code, kExitBadInput);
  EXPECT_TRUE(contains(o.err, "--gamma: has 2 values for 3 members")) << o.err;
  EXPECT_FALSE(fs::exists(at("bad")));
}

TEST_F(EndToEnd, APolicyIsChosenOnAsManySlotsAsItIsAskedFor) {
  std::vector<std::string> words = small_training("run", 4);
  for (const char* word : {"--network", "pointer", "--slots", "3", "--select-every", "1000",
                           "--select-episodes", "2", "--select-set", "horizon-s=3600,slots=12"})
    words.push_back(word);
  Outcome o = cusched_command(words);
  ASSERT_EQ(o.code, 0) << o.err;
  o = cusched_command({"export", "--describe", at("run/policy.pt"), "--json"});
  ASSERT_EQ(o.code, 0) << o.err;
  const json chosen = json::parse(o.out)["evaluation"];
  o = cusched_command({"eval", "--policy", at("run/policy.pt"), "--baselines", "none", "--episodes",
                       "2", "--seed", "90001", "--horizon-s", "3600", "--slots", "12", "--json"});
  ASSERT_EQ(o.code, 0) << o.err;
  const json played = json::parse(o.out)["policies"][0]["metrics"]["wait_mean_s"];
  EXPECT_EQ(chosen["mean"], played["mean"]);

  words = small_training("flat", 4);
  for (const char* word : {"--network", "mlp", "--slots", "3", "--features", "none",
                           "--select-every", "1000", "--select-set", "slots=12"})
    words.push_back(word);
  o = cusched_command(words);
  EXPECT_EQ(o.code, kExitBadInput);
  EXPECT_TRUE(contains(o.err, "would see 79 numbers while choosing, but 25 in training")) << o.err;
}

TEST_F(EndToEnd, AnEarlierPolicyIsNotLost) {
  ASSERT_EQ(cusched_command(small_training("run", 1)).code, 0);
  const std::string first = read("run/policy.pt");
  ASSERT_EQ(cusched_command(small_training("run", 2)).code, 0);
  EXPECT_EQ(read("run/previous-policy.pt"), first);
  EXPECT_NE(read("run/policy.pt"), first);
}

TEST_F(EndToEnd, BadInputIsToldBeforeAnythingIsWritten) {
  const struct {
    std::vector<std::string> words;
    const char* part;
  } cases[] = {
      {{"train", "--out", at("none")}, "no end"},
      {{"train", "--env", "admision", "--steps", "1"}, "admission"},
      {{"train", "--steps", "10", "--out", at("none"), "--load", "nan"}, "--load"},
      {{"train", "--steps", "10", "--out", at("none"), "--nodes", "0x4c4g"}, "--nodes"},
      {{"train", "--steps", "10", "--out", at("none"), "--trace", at("no.swf")}, "no.swf"},
      {{"eval", "--baselines", "sfj"}, "Did you mean 'sjf'?"},
      {{"eval", "--policy", at("no.pt")}, "no.pt"},
      {{"eval", "--metrics", "speed"}, "'speed'"},
      {{"eval", "--episodes", "0"}, "--episodes"},
      {{"export", at("no")}, "no"},
      {{"envs", "nothing"}, "nothing"},
      {{"workload", "nothing"}, "nothing"},
      {{"bench", "env", "--repetitions", "1"}, "--repetitions"},
      {{"bench", "env", "--device", "cpu", "--width", "32"}, "--width: has no effect on the CPU"},
      {{"bench", "env", "--width", "16"}, "--width"},
  };
  for (const auto& c : cases) {
    const Outcome o = cusched_command(c.words);
    EXPECT_EQ(o.code, kExitBadInput) << c.part << ": " << o.err;
    EXPECT_TRUE(contains(o.err, c.part)) << c.part << " not in: " << o.err;
  }
  EXPECT_FALSE(fs::exists(at("none")));
}

TEST_F(EndToEnd, EnvsListsWhatAUserNeeds) {
  const Outcome o = cusched_command({"envs", "admission"});
  ASSERT_EQ(o.code, 0) << o.err;
  const EnvEntry& entry = find_environment("admission");
  for (const std::string& metric : entry.metrics) EXPECT_TRUE(contains(o.out, metric)) << metric;
  for (const std::string& name : entry.heuristics) EXPECT_TRUE(contains(o.out, name)) << name;
  for (const EnvOption& option : entry.options)
    EXPECT_TRUE(contains(o.out, "--" + option.name)) << option.name;
}

TEST_F(EndToEnd, JobsOfAWorkloadReadBack) {
  ASSERT_EQ(
      cusched_command({"workload", "skrueue-sim", "--jobs", "200", "--out", at("j.csv")}).code, 0);
  const Outcome o = cusched_command({"workload", "--trace", at("j.csv"), "--json"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(json::parse(o.out)["jobs"], 200);
}

// The conformance file of RLScheduler through the command line, schedule for schedule.
TEST_F(EndToEnd, SchedulesOfRlschedulerMatch) {
  const char* const given = std::getenv("CUSCHED_SHARED");
  const std::string shared = given != nullptr ? given : CUSCHED_SOURCE_DIR "/../shared";
  const std::string reference = shared + "/conformance/rlscheduler/schedules.csv";
  if (!fs::exists(reference)) GTEST_SKIP() << "no " << reference;
  const std::map<std::string, std::string> names = {
      {"fcfs", "FCFS"}, {"sjf", "SJF"}, {"f1", "F1"}, {"wfp3-rls", "WFP3"}, {"unicep-rls", "UNI"}};
  std::map<std::string, std::string> expected;  // "start,POLICY,backfill" -> times
  std::ifstream file(reference);
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("lublin_2,1,1024,", 0) != 0) continue;
    if (line.back() == '\r') line.pop_back();
    const size_t comma = line.rfind(',');
    expected[line.substr(16, comma - 16)] = line.substr(comma + 1);
  }
  ASSERT_EQ(expected.size(), 100u);
  for (const bool backfill : {false, true}) {
    std::vector<std::string> words = {"eval",
                                      "--env",
                                      "admission",
                                      "--preset",
                                      "rlscheduler",
                                      "--trace",
                                      shared + "/data/lublin/lublin_2.swf",
                                      "--starts",
                                      "1981,7085",
                                      "--length",
                                      "1024",
                                      "--baselines",
                                      "fcfs,sjf,f1,wfp3-rls,unicep-rls",
                                      "--no-limited",
                                      "--json",
                                      at("rls.json"),
                                      "--schedule",
                                      at("rls.csv")};
    if (backfill) words.insert(words.end(), {"--backfill", "easy-rls"});
    const Outcome o = cusched_command(words);
    ASSERT_EQ(o.code, 0) << o.err;
    std::ifstream schedule(at("rls.csv"));
    std::string line;
    ASSERT_TRUE(std::getline(schedule, line));
    EXPECT_EQ(line, "policy,backfill,start,start_times");
    int rows = 0;
    while (std::getline(schedule, line)) {
      std::istringstream cells(line);
      std::string policy, on, start, times;
      std::getline(cells, policy, ',');
      std::getline(cells, on, ',');
      std::getline(cells, start, ',');
      std::getline(cells, times, ',');
      EXPECT_EQ(on, backfill ? "1" : "0");
      EXPECT_TRUE(expected.at(start + "," + names.at(policy) + "," + on) == times)
          << policy << " " << start;
      ++rows;
    }
    EXPECT_EQ(rows, 10);
  }
}

}  // namespace
}  // namespace cusched
