// SPDX-License-Identifier: MIT
// What a user gets who sets nothing: every algorithm with every network learns, in seconds, to let
// jobs wait less than admitting any job that fits, or the first one.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/cli/training_child.h"

namespace cusched::test {
namespace {

// 60 jobs of the Lublin-Feitelson model on one node: a queue in which the order counts.
const std::vector<std::string> kSmall = {
    "--env", "admission", "--workload", "lublin",      "--nodes", "1x32c64g", "--slots",
    "16",    "--load",    "1.2",        "--job-limit", "60",      "--device", "cpu"};

class LearningTest : public FolderTest,
                     public ::testing::WithParamInterface<std::pair<const char*, const char*>> {};

TEST_P(LearningTest, DefaultsBeatRandomFeasibleAndFifo) {
  const auto [algo, network] = GetParam();
  // Fewer, dearer steps where they teach more; Q-learning needs more of them.
  const std::map<std::string, std::string> least = {
      {"mlp", "250k"}, {"pointer", "16k"}, {"attention", "8k"}};
  const bool slow = algo == std::string("dqn") && network == std::string("attention");
  const std::string steps = slow ? "24k" : least.at(network);
  const auto with = [&](std::vector<std::string> words, const std::vector<std::string>& more) {
    words.insert(words.end(), kSmall.begin(), kSmall.end());
    words.insert(words.end(), more.begin(), more.end());
    return cusched_command(words);
  };
  const Outcome trained =
      with({"train", "--algo", algo, "--network", network},
           {"--steps", steps, "--seed", "3", "--threads", "1", "--select-every", "10%",
            "--verdict=false", "--horizon-s", "0", "--quiet", "--out", at("run")});
  ASSERT_EQ(trained.code, 0) << trained.err;
  const Outcome played =
      with({"eval"}, {"--horizon-s", "0", "--policy", at("run/policy.pt"), "--baselines",
                      "random-feasible,fifo", "--episodes", "64", "--json", "-"});
  ASSERT_EQ(played.code, 0) << played.err;
  const auto json = nlohmann::json::parse(played.out, nullptr, false);
  ASSERT_TRUE(json.is_object()) << played.out;
  double learned = 0, random = 0, fifo = 0;
  for (const auto& policy : json["policies"]) {
    const double wait = policy["metrics"]["wait_mean_s"]["mean"];
    if (policy["learned"]) learned = wait;
    if (policy["name"] == "random-feasible") random = wait;
    if (policy["name"] == "fifo") fifo = wait;
  }
  EXPECT_GT(learned, 0);
  EXPECT_LT(learned, random);
  EXPECT_LT(learned, fifo);
}

INSTANTIATE_TEST_SUITE_P(, LearningTest,
                         ::testing::Values(std::pair("ppo", "mlp"), std::pair("ppo", "pointer"),
                                           std::pair("ppo", "attention"), std::pair("a2c", "mlp"),
                                           std::pair("a2c", "pointer"),
                                           std::pair("a2c", "attention"), std::pair("dqn", "mlp"),
                                           std::pair("dqn", "pointer"),
                                           std::pair("dqn", "attention")),
                         [](const auto& info) {
                           return std::string(info.param.first) + "_" + info.param.second;
                         });

}  // namespace
}  // namespace cusched::test
