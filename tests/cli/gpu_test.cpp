// SPDX-License-Identifier: MIT
// The commands on a GPU.
#include "tests/cuda/gpu.h"

#include <nlohmann/json.hpp>
#include <tuple>

#include "agents/algorithm.h"
#include "agents/checkpoint.h"
#include "agents/network_registry.h"
#include "envs/group_width.h"
#include "envs/registry.h"
#include "tests/cli/cli_test_util.h"

namespace cusched {
namespace {

using nlohmann::json;
using test::contains;
using test::cusched_command;
using test::Outcome;

const Device kGpu{DeviceKind::kCuda, 0};

using Words = std::vector<std::string>;

Words operator+(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::vector<std::string> algorithm_names() {
  std::vector<std::string> names;
  for (const auto& algorithm : all_algorithms()) names.push_back(algorithm->name());
  return names;
}

// Runs a command that has to succeed.
Outcome run(const Words& words) {
  const Outcome outcome = cusched_command(words);
  EXPECT_EQ(outcome.code, 0) << words[0] << ": " << outcome.err;
  return outcome;
}

class CommandGpu : public test::FolderTest {};

TEST_F(CommandGpu, DoctorNamesTheDeviceAndFindsTheStatesOfTheCpu) {
  CUSCHED_SKIP_WITHOUT_GPU();
  const Outcome o = run({"doctor"});
  EXPECT_TRUE(contains(o.out, "cuda:0: " + device_info(kGpu).name)) << o.out;
  EXPECT_TRUE(contains(o.out, "same states as the CPU")) << o.out;
}

TEST_F(CommandGpu, BaselinesPlayTheEpisodesOfTheCpu) {
  CUSCHED_SKIP_WITHOUT_GPU();
  for (const EnvEntry* env : all_environments()) {
    const auto episodes = [&](const char* device) {
      const Outcome o =
          run({"eval", "--env", env->name, "--baselines", env->heuristics[0], "--episodes",
               std::to_string(test::gpu_size(33, 3)), "--device", device, "--json"});
      return json::parse(o.out)["policies"];
    };
    EXPECT_EQ(episodes("cuda"), episodes("cpu")) << env->name;
  }
}

TEST_F(CommandGpu, BenchmarksOfEnvironmentsNameTheDevice) {
  CUSCHED_SKIP_WITHOUT_GPU();
  const Words bench = {"bench",     "env",  "--device", "cuda", "--envs",        "33",
                       "--steps",   "4",    "--warmup", "4",    "--repetitions", "5",
                       "--seconds", "0.01", "--json"};
  for (const EnvEntry* env : all_environments())
    for (const char* driver : {"heuristic", "stepwise"})
      for (const int width : group_widths()) {
        const json result = json::parse(run(bench + Words{"--env", env->name, "--driver", driver,
                                                          "--width", std::to_string(width)})
                                            .out);
        EXPECT_EQ(result["machine"]["name"], device_info(kGpu).name);
        EXPECT_EQ(result["config"]["width"], width);
        EXPECT_GT(result["steps_per_s"]["median"], 0);
      }
}

TEST_F(CommandGpu, BenchmarksOfLearningNameTheDevice) {
  CUSCHED_SKIP_WITHOUT_GPU();
  for (const std::string& algo : algorithm_names()) {
    const json result = json::parse(
        run({"bench",     "train", "--device",  "cuda", "--algo",   algo, "--envs",        "4",
             "--members", "2",     "--rollout", "8",    "--hidden", "8",  "--repetitions", "5",
             "--seconds", "0.01",  "--warmup",  "2",    "--json"})
            .out);
    EXPECT_EQ(result["machine"]["name"], device_info(kGpu).name);
    EXPECT_EQ(result["metric"], "train_" + algo);
    EXPECT_GT(result["steps_per_s"]["median"], 0);
  }
}

// Members play episodes on the device after their training; the best one is kept.
TEST_F(CommandGpu, APopulationKeepsItsBestMemberWhichPlays) {
  CUSCHED_SKIP_WITHOUT_GPU();
  run({"train",
       "--device",
       "cuda",
       "--members",
       "3",
       "--envs",
       "4",
       "--rollout",
       "8",
       "--hidden",
       "8",
       "--steps",
       "64",
       "--select-episodes",
       "2",
       "--select-set",
       "horizon-s=1800",
       "--out",
       at("population"),
       "--verdict=false",
       "--quiet"});
  const Outcome o = run({"export", "--describe", at("population/policy.pt"), "--json"});
  EXPECT_EQ(json::parse(o.out)["evaluation"]["episodes"], 2);

  // LibTorch plays an exported policy; it has no emulated device, and says so.
  const Outcome played =
      cusched_command({"eval", "--policy", at("population/policy.pt"), "--baselines", "none",
                       "--episodes", "2", "--horizon-s", "1800", "--device", "cuda"});
  EXPECT_EQ(played.code, cuda_is_emulated() ? kExitBadInput : 0) << played.err;
  EXPECT_EQ(contains(played.err, "does not run on the emulated device"), cuda_is_emulated());
}

class TrainGpu : public CommandGpu,
                 public testing::WithParamInterface<std::tuple<std::string, std::string>> {
 protected:
  Words training(const std::string& out, int members, int iterations) const {
    const auto& [algo, network] = GetParam();
    const Words words = {"train",
                         "--verdict=false",
                         "--device",
                         "cuda",
                         "--algo",
                         algo,
                         "--network",
                         network,
                         "--members",
                         std::to_string(members),
                         "--envs",
                         std::to_string(kEnvs),
                         "--rollout",
                         std::to_string(kRollout),
                         "--hidden",
                         "8",
                         "--steps",
                         std::to_string(kEnvs * kRollout * iterations),
                         "--schedule-steps",
                         "1000",
                         "--select-episodes",
                         "0",
                         "--out",
                         at(out),
                         "--quiet"};
    return algo == "dqn" ? words + Words{"--replay-size", "500", "--minibatch", "32"} : words;
  }
  static constexpr int kEnvs = 9, kRollout = 8;
};

TEST_P(TrainGpu, ResumeContinuesBitEqual) {
  CUSCHED_SKIP_WITHOUT_GPU();
  for (const int members : {1, 3}) {
    run(training("whole", members, 4));
    run(training("parts", members, 2));
    run({"train", "--resume", "--verdict=false", "--out", at("parts"), "--steps",
         std::to_string(kEnvs * kRollout * 4), "--quiet"});
    const Checkpoint whole = read_checkpoint(at("whole/checkpoint"));
    const Checkpoint parts = read_checkpoint(at("parts/checkpoint"));
    EXPECT_EQ(whole.meta.iterations, 4);
    EXPECT_EQ(parts.meta.iterations, 4);
    EXPECT_TRUE(whole.payload == parts.payload) << members << " members";
  }
}

INSTANTIATE_TEST_SUITE_P(Each, TrainGpu,
                         testing::Combine(testing::ValuesIn(algorithm_names()),
                                          testing::ValuesIn(network_names())));

}  // namespace
}  // namespace cusched
