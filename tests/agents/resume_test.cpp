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
#include "agents/ppo.h"
#include "agents/training.h"
#include "tests/agents/toy_batch.h"

namespace cusched {
namespace {

namespace fs = std::filesystem;

constexpr char kFolder[] = "CUSCHED_RESUME_TEST_FOLDER";
constexpr int kSteps = 16;
constexpr int64_t kIterations = 10;

// Trains a population of two in `out_dir` and returns the checkpoint's payload. The process kills
// itself at the first report after `kill_at` iterations or more, having left checkpoints before.
std::vector<uint8_t> train(const std::string& out_dir, bool resume, int64_t kill_at = -1) {
  install_torch_pool();
  ToyOptions toy;
  toy.shape = BatchShape{2, 32, 4, 2, 2};
  ToyBatch batch(toy);
  PpoConfig config;
  config.rollout_steps = kSteps;
  config.epochs = 2;
  config.minibatch = 128;
  config.learning_rate = {3e-3f, 1e-3f};
  config.target_kl = {0.0f, 0.01f};
  config.total_steps = kIterations * kSteps * toy.shape.envs;
  const auto trainer = make_ppo(batch, Exec{}, NetworkConfig{"mlp", {16}, "tanh"}, config, 9);

  TrainingOptions options;
  options.steps = config.total_steps;
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
TEST(Resume, APpoRunThatWasKilledEqualsOneThatWasNot) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  if (std::getenv(kFolder) == nullptr) {
    const fs::path mine =
        fs::temp_directory_path() / ("cusched_resume_" + std::to_string(getpid()));
    ::setenv(kFolder, mine.c_str(), 1);
  }
  const std::string root = std::getenv(kFolder);
  EXPECT_EXIT(train(root + "/killed", false, 3), testing::KilledBySignal(SIGKILL), "");
  ::unsetenv(kFolder);
  const Checkpoint left = read_checkpoint(root + "/killed/checkpoint");
  EXPECT_GE(left.meta.iterations, 1);
  EXPECT_LT(left.meta.iterations, 3);
  const std::vector<uint8_t> resumed = train(root + "/killed", true);
  const std::vector<uint8_t> whole = train(root + "/whole", false);
  EXPECT_FALSE(left.payload == whole);
  EXPECT_TRUE(resumed == whole);
  fs::remove_all(root);
}

}  // namespace
}  // namespace cusched
