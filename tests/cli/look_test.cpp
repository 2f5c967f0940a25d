// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "agents/checkpoint.h"
#include "tests/cli/training_child.h"

namespace cusched {
namespace {

using nlohmann::json;
using test::contains;
using test::count;
using test::cusched_command;
using test::Outcome;

// An iteration is 256 steps.
class LookTest : public test::FolderTest {
 protected:
  std::vector<std::string> words(const std::string& out,
                                 const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"train",
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
                                      "--device",
                                      "cpu",
                                      "--threads",
                                      "1",
                                      "--out",
                                      at(out),
                                      "--select-episodes",
                                      "2",
                                      "--select-set",
                                      "horizon-s=3600"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  Outcome train(const std::string& out, const std::vector<std::string>& more) const {
    std::vector<std::string> all = words(out, more);
    if (std::find(more.begin(), more.end(), "--verdict") == more.end())
      all.emplace_back("--verdict=false");
    const Outcome o = cusched_command(all);
    EXPECT_EQ(o.code, 0) << o.err;
    return o;
  }
  json described(const std::string& out) const {
    return json::parse(
        cusched_command({"export", "--describe", at(out + "/policy.pt"), "--json"}).out);
  }
  // The rows of metrics.csv as texts by column.
  std::vector<std::map<std::string, std::string>> rows(const std::string& out) const {
    std::istringstream text(read(out + "/metrics.csv"));
    const auto split = [](const std::string& line) {
      std::vector<std::string> fields(1);
      for (const char c : line) c == ',' ? void(fields.emplace_back()) : fields.back().push_back(c);
      return fields;
    };
    std::string line;
    std::getline(text, line);
    const std::vector<std::string> names = split(line);
    std::vector<std::map<std::string, std::string>> rows;
    while (std::getline(text, line)) {
      const std::vector<std::string> fields = split(line);
      EXPECT_EQ(fields.size(), names.size()) << line;
      rows.emplace_back();
      for (size_t i = 0; i < names.size(); ++i) rows.back()[names[i]] = fields.at(i);
    }
    return rows;
  }
  static constexpr const char* kMetric = "bounded_slowdown";
};

TEST_F(LookTest, ComesAtSharesOfTheStepsAndKeepsTheBest) {
  const Outcome o = train("run", {"--steps", "1024", "--select-every", "50%", "--report-every", "0",
                                  "--select-metric", kMetric});
  const std::string column = std::string("eval_") + kMetric;
  double best = INFINITY;
  std::string best_steps;
  std::vector<std::string> looked;
  for (auto& row : rows("run")) {
    if (row.at(column).empty()) {
      EXPECT_EQ(row.at("eval_vs_best_heuristic"), "");
      EXPECT_EQ(row.at("eval_fifo"), "");
      continue;
    }
    looked.push_back(row.at("steps"));
    const double value = std::stod(row.at(column));
    EXPECT_NEAR(std::stod(row.at("eval_vs_best_heuristic")),
                value / std::stod(row.at("eval_best_heuristic")) - 1, 1e-6);
    EXPECT_LE(std::stod(row.at("eval_best_heuristic")), std::stod(row.at("eval_random_feasible")));
    if (row.at("steps") != "0" && value < best) {  // what has learnt nothing is not kept
      best = value;
      best_steps = row.at("steps");
    }
  }
  EXPECT_EQ(looked, (std::vector<std::string>{"0", "512", "1024"}));
  EXPECT_EQ(count(o.out, "eval  bounded slowdown "), 3) << o.out;
  const json kept = described("run");
  EXPECT_NEAR(kept["evaluation"]["mean"].get<double>(), best, 1e-6 * best);
  EXPECT_EQ(std::to_string(kept["training"]["steps"].get<int64_t>()), best_steps);
  EXPECT_TRUE(kept["evaluation"]["heuristics"]["sjf"].is_number());
  // Every line fits a terminal.
  std::istringstream lines(o.out);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("eval  ")) {
      EXPECT_LE(line.size(), 79u) << line;
    }
}

// The number of jobs is the same for every policy: the first look is the best for ever.
TEST_F(LookTest, PatienceEndsATrainingAndTheBestIsNotTheLast) {
  const Outcome o = train("run", {"--steps", "2560", "--select-every", "10%", "--patience", "2",
                                  "--select-metric", "jobs", "--quiet"});
  EXPECT_TRUE(contains(o.err, "ended early: 2 looks without a better policy (--patience 2)"))
      << o.err;
  EXPECT_EQ(read_checkpoint(at("run/checkpoint")).meta.steps, 768);
  EXPECT_EQ(described("run")["training"]["steps"], 256);
  EXPECT_FALSE(contains(o.out, "eval  ")) << o.out;  // quiet
  // A resume goes on, and counts anew.
  const Outcome again = cusched_command(
      {"train", "--resume", "--out", at("run"), "--steps", "2560", "--quiet", "--verdict=false"});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(read_checkpoint(at("run/checkpoint")).meta.steps, 1280);
  EXPECT_EQ(described("run")["training"]["steps"], 256);
}

TEST_F(LookTest, ChangesNoBitOfTheTraining) {
  train("seen", {"--steps", "1024", "--select-every", "25%"});
  train("unseen", {"--steps", "1024", "--select-every", "0"});
  EXPECT_TRUE(read_checkpoint(at("seen/checkpoint")).payload ==
              read_checkpoint(at("unseen/checkpoint")).payload);
  EXPECT_FALSE(contains(read("unseen/metrics.csv"), "eval_"));
}

TEST_F(LookTest, IsInTheJsonOfTheProgress) {
  const Outcome o = train("run", {"--steps", "512", "--select-every", "50%", "--json", "-"});
  int looks = 0;
  std::istringstream lines(o.out);
  for (std::string line; std::getline(lines, line);) {
    const json one = json::parse(line);
    if (one["type"] != "progress") continue;
    looks += one["members"][0]["eval_vs_best_heuristic"].is_number();
  }
  EXPECT_EQ(looks, 3) << o.out;
}

TEST_F(LookTest, APopulationEndsWithATableOfItsMembers) {
  const Outcome o =
      train("run", {"--steps", "256", "--members", "2", "--learning-rate", "0.001,0.0003",
                    "--select-every", "0", "--quiet", "--json", at("result.json")});
  EXPECT_TRUE(contains(o.out, "member  learning-rate")) << o.out;
  const json members = json::parse(read("result.json"))["members"];
  ASSERT_EQ(members.size(), 2u);
  EXPECT_NE(members[0]["learning-rate"], members[1]["learning-rate"]);
  EXPECT_LE(members[0]["wait_mean_s"].get<double>(), members[1]["wait_mean_s"].get<double>());
  EXPECT_EQ(described("run")["training"]["member"], members[0]["member"]);
}

TEST_F(LookTest, AVerdictWarnsOfAPolicyThatHasLearntToWait) {
  const Outcome o =
      train("run", {"--steps", "2560", "--select-every", "0", "--quiet", "--horizon-s", "14400",
                    "--idle", "true", "--reward-waiting=-5", "--learning-rate", "0.01", "--verdict",
                    "--json", at("result.json")});
  EXPECT_TRUE(contains(o.out, "verdict, on 32 episodes of seed 424242")) << o.out;
  EXPECT_TRUE(contains(o.err, "policy is worse than")) << o.err;
  const json verdict = json::parse(read("result.json"))["verdict"];
  EXPECT_EQ(verdict["episodes"], 32);
  EXPECT_EQ(verdict["policies"][0]["name"], "policy");
  EXPECT_TRUE(verdict["policies"][0]["mean"].is_number());
  EXPECT_EQ(verdict["warnings"].size(), 1u);
  std::istringstream lines(o.out);
  for (std::string line; std::getline(lines, line);)
    if (!contains(line, at("run"))) {
      EXPECT_LE(line.size(), 80u) << line;
    }
}

TEST_F(LookTest, RefusesATimeThatIsNone) {
  const Outcome o = cusched_command(words("run", {"--steps", "256", "--select-every", "0%"}));
  EXPECT_EQ(o.code, kExitBadInput);
  EXPECT_TRUE(contains(o.err, "--select-every: '0%' is no time and no share")) << o.err;
}

}  // namespace
}  // namespace cusched
