// SPDX-License-Identifier: MIT
// The learner itself through the training loop: killed in the middle and resumed, it leaves the
// very bytes that it leaves when nothing happens.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "agents/host_pool.h"
#include "agents/training.h"
#include "tests/agents/algorithm_cases.h"
#include "tests/agents/toy_batch.h"

namespace cusched {
namespace {

namespace fs = std::filesystem;

constexpr char kFolder[] = "CUSCHED_RESUME_TEST_FOLDER";
constexpr int kSteps = 16;
constexpr int64_t kIterations = 10, kKillAt = 7;

class Resume : public testing::TestWithParam<AlgorithmCase> {};

// The algorithm with what a checkpoint has to carry besides weights: moments of the optimiser, a
// schedule, a replay that turned over with its final observations, priorities.
std::unique_ptr<Algorithm> busy(const AlgorithmCase& c) {
  AlgorithmCase more = c;
  if (more.algo == std::string("ppo")) {
    more.numbers["epochs"] = 2;
    more.numbers["target-kl"] = 0.01;
  }
  if (more.algo == std::string("dqn")) {
    more.numbers["replay-size"] = 700;  // full in the second iteration
    more.numbers["learning-starts"] = 600;
    more.numbers["n-step"] = 3;
    more.numbers["prioritised"] = 1;
    more.numbers["dueling"] = 1;
    more.numbers["target-update"] = 3;
  }
  more.numbers["rollout"] = kSteps;
  std::unique_ptr<Algorithm> algorithm = make_case(more);
  algorithm->shared().schedule = "linear";
  algorithm->shared().learning_rate = {3e-3f, 1e-3f};
  return algorithm;
}

// Trains a population of two in `out_dir` and returns the checkpoint's payload. The process kills
// itself at the first report after `kill_at` iterations or more, having left checkpoints before.
std::vector<uint8_t> train(const AlgorithmCase& c, const std::string& out_dir, bool resume,
                           int64_t kill_at = -1) {
  install_torch_pool();
  ToyOptions toy;
  toy.shape = BatchShape{2, 32, 4, 2, 2};
  ToyBatch batch(toy);
  const std::unique_ptr<Algorithm> algorithm = busy(c);
  const int64_t steps = kIterations * kSteps * toy.shape.envs;
  algorithm->shared().total_steps = steps;
  const auto trainer =
      algorithm->make_trainer(batch, Exec{}, NetworkConfig{"mlp", {16}, "tanh"}, 9, 0);

  TrainingOptions options;
  options.steps = steps;
  options.out_dir = out_dir;
  options.resume = resume;
  options.checkpoint_every_s = kill_at < 0 ? 60 : 1e-9;
  options.report_every_s = kill_at < 0 ? 60 : 0;
  options.meta.env = "toy";
  options.meta.network = "mlp";
  options.meta.seeds = {9};
  TrainingHooks hooks;
  hooks.on_report = [&](Trainer& t, const TrainReport&) {
    // At the report of iteration n the newest checkpoint is that of an earlier one, as after a
    // kill at any odd moment.
    if (kill_at > 0 && t.iterations() >= kill_at) ::raise(SIGKILL);
    return true;
  };
  return read_checkpoint(run_training(*trainer, batch, Exec{}, options, hooks).checkpoint).payload;
}

// "threadsafe" starts the test program anew for the process that dies: forking one that has
// LibTorch threads would leave it without them. The variable carries the folder to it.
TEST_P(Resume, ARunThatWasKilledEqualsOneThatWasNot) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  if (std::getenv(kFolder) == nullptr) {
    const fs::path mine =
        fs::temp_directory_path() / ("cusched_resume_" + std::to_string(getpid()));
    ::setenv(kFolder, mine.c_str(), 1);
  }
  const std::string root = std::getenv(kFolder);
  EXPECT_EXIT(train(GetParam(), root + "/killed", false, kKillAt), testing::KilledBySignal(SIGKILL),
              "");
  ::unsetenv(kFolder);
  const Checkpoint left = read_checkpoint(root + "/killed/checkpoint");
  EXPECT_GE(left.meta.iterations, 1);
  EXPECT_LT(left.meta.iterations, kKillAt);
  const std::vector<uint8_t> resumed = train(GetParam(), root + "/killed", true);
  const std::vector<uint8_t> whole = train(GetParam(), root + "/whole", false);
  EXPECT_FALSE(left.payload == whole);
  EXPECT_TRUE(resumed == whole);
  fs::remove_all(root);
}
INSTANTIATE_TEST_SUITE_P(Each, Resume, testing::ValuesIn(algorithm_cases()));

}  // namespace
}  // namespace cusched
