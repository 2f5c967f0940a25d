// SPDX-License-Identifier: MIT
#include "agents/training.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "cuda/error.h"

namespace cusched {
namespace {

namespace fs = std::filesystem;

// A batch that only keeps episode statistics: the training loop steps nothing itself.
class CountingBatch : public Batch {
 public:
  explicit CountingBatch(int members) { shape_.members = members; }
  const BatchShape& shape() const override { return shape_; }
  const std::string& name() const override { return name_; }
  Device device() const override { return {}; }
  const std::vector<std::string>& notes() const override { return none_; }
  void reset(const Exec&, const StepBuffers&) override {}
  void step(const Exec&, LaneRange, const int32_t*, const StepBuffers&) override {}
  void step(const Exec&, const int32_t*, const StepBuffers&) override {}
  void run_heuristic(const Exec&, int, int64_t, int32_t*, const RolloutBuffers&) override {}
  void suggest(const Exec&, LaneRange, int, int32_t*) override {}
  void suggest(const Exec&, int, int32_t*) override {}
  const std::vector<std::string>& heuristics() const override { return none_; }
  int64_t max_truncations(int64_t) const override { return 0; }
  int32_t tick_s() const override { return 1; }
  const std::vector<std::string>& reward_terms() const override { return none_; }
  void set_reward_weights(const std::vector<float>&) override {}
  BatchStats take_stats(const Exec&) override {
    BatchStats stats{stat_names(), {}};
    for (int p = 0; p < shape_.members; ++p) {
      stats.sum.push_back(static_cast<double>(episodes));
      stats.sum.push_back(-3.0 * static_cast<double>(episodes) * (p + 1));
    }
    episodes = 0;
    return stats;
  }
  const std::vector<std::string>& stat_names() const override { return stat_names_; }
  bool all_ended(const Exec&) const override { return false; }
  EpisodeMetrics episode_metrics(const Exec&) const override { return {}; }
  std::vector<std::vector<int32_t>> start_times(const Exec&) const override { return {}; }
  size_t state_bytes() const override { return 0; }
  std::vector<uint8_t> snapshot(const Exec&) const override {
    return {static_cast<uint8_t>(episodes)};
  }
  void restore(const Exec&, const std::vector<uint8_t>& bytes) override { episodes = bytes.at(0); }
  std::vector<uint64_t> hashes(const Exec&) const override { return {}; }
  std::string diff(const std::vector<uint8_t>&, const std::vector<uint8_t>&) const override {
    return "";
  }
  std::string schema_json() const override { return "{}"; }

  int64_t episodes = 0;

 private:
  BatchShape shape_;
  std::string name_ = "counting";
  std::vector<std::string> none_, stat_names_ = {"episodes", "return"};
};

// A "trainer" whose weights walk chaotically: any iteration lost, repeated or restored inexactly
// shows in every later state. An iteration is 100 steps per member and 2 episodes.
class ChaoticTrainer : public Trainer {
 public:
  explicit ChaoticTrainer(CountingBatch& batch) : batch_(batch) {}
  void iterate() override {
    if (on_iterate) on_iterate(iterations_);
    for (double& x : weights_) x = 3.99 * x * (1.0 - x);
    ++iterations_;
    batch_.episodes += 2;
  }
  void set_done_share(double share) override { shares.push_back(share); }
  int64_t iterations() const override { return iterations_; }
  int64_t steps_per_iteration() const override { return 100 * batch_.shape().members; }
  TrainStats stats() override {
    TrainStats stats{{"policy_loss"}, {}};
    for (int p = 0; p < batch_.shape().members; ++p)
      stats.values.push_back(p == diverged_member ? NAN : static_cast<float>(weights_[0]));
    return stats;
  }
  std::vector<uint8_t> save() override {
    std::vector<uint8_t> bytes(sizeof iterations_ + sizeof weights_);
    std::memcpy(bytes.data(), &iterations_, sizeof iterations_);
    std::memcpy(bytes.data() + sizeof iterations_, weights_, sizeof weights_);
    const std::vector<uint8_t> environments = batch_.snapshot({});
    bytes.insert(bytes.end(), environments.begin(), environments.end());
    return bytes;
  }
  void load(const std::vector<uint8_t>& bytes) override {
    if (bytes.size() != sizeof iterations_ + sizeof weights_ + 1)
      throw Error("state has " + std::to_string(bytes.size()) + " bytes");
    std::memcpy(&iterations_, bytes.data(), sizeof iterations_);
    std::memcpy(weights_, bytes.data() + sizeof iterations_, sizeof weights_);
    batch_.restore({}, {bytes.back()});
  }
  PolicyWeights policy(int) override { return {}; }

  std::function<void(int64_t)> on_iterate;
  int diverged_member = -1;
  std::vector<double> shares;

 private:
  CountingBatch& batch_;
  int64_t iterations_ = 0;
  double weights_[4] = {0.1, 0.2, 0.3, 0.4};
};

class TrainingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / ("cusched_training_" + std::to_string(::getpid()));
    fs::create_directories(root_);
  }
  void TearDown() override { fs::remove_all(root_); }

  TrainingOptions options(const std::string& folder, int64_t steps) const {
    TrainingOptions options;
    options.steps = steps;
    options.out_dir = (root_ / folder).string();
    options.meta.env = "counting";
    options.meta.network = "mlp";
    options.meta.seeds = {7};
    options.meta.config = "env: counting\n";
    return options;
  }
  // Trains a new trainer and returns the payload of the checkpoint it leaves.
  std::vector<uint8_t> train(const TrainingOptions& options, int members = 1) {
    CountingBatch batch(members);
    ChaoticTrainer trainer(batch);
    const TrainingResult result = run_training(trainer, batch, {}, options);
    EXPECT_EQ(result.checkpoint, options.out_dir + "/checkpoint");
    return read_checkpoint(result.checkpoint).payload;
  }
  static int rows(const std::string& out_dir) {
    std::ifstream in(out_dir + "/metrics.csv");
    return static_cast<int>(std::count(std::istreambuf_iterator<char>(in), {}, '\n')) - 1;
  }

  fs::path root_;
};

TEST_F(TrainingTest, RunsWholeIterationsUpToTheSteps) {
  CountingBatch batch(3);
  ChaoticTrainer trainer(batch);
  const TrainingResult result = run_training(trainer, batch, {}, options("a", 950));
  EXPECT_EQ(result.end, TrainingEnd::kSteps);
  EXPECT_EQ(trainer.iterations(), 10);
  EXPECT_EQ(result.last.steps, 1000);
  const Checkpoint checkpoint = read_checkpoint(result.checkpoint);
  EXPECT_EQ(checkpoint.meta.steps, 1000);
  EXPECT_EQ(checkpoint.meta.iterations, 10);
  EXPECT_EQ(checkpoint.meta.shape.members, 3);
  EXPECT_EQ(checkpoint.meta.config, "env: counting\n");
  EXPECT_GT(checkpoint.meta.seconds, 0.0);
  EXPECT_TRUE(fs::is_directory(root_ / "a" / "events" / "member-0002"));
}

TEST_F(TrainingTest, StoppedAndResumedEqualsUninterrupted) {
  const std::vector<uint8_t> whole = train(options("whole", 5000));
  std::vector<uint8_t> parts;
  for (const int64_t steps : {300, 301, 2000, 5000}) {
    TrainingOptions part = options("parts", steps);
    part.resume = steps != 300;
    parts = train(part);
    ASSERT_EQ(parts == whole, steps == 5000) << steps;
  }
  // Nothing is left to do: the same state and no row told twice.
  const int before = rows((root_ / "parts").string());
  TrainingOptions again = options("parts", 5000);
  again.resume = true;
  EXPECT_EQ(train(again), whole);
  EXPECT_EQ(rows((root_ / "parts").string()), before);
}

TEST_F(TrainingTest, KilledAndResumedEqualsUninterrupted) {
  const std::vector<uint8_t> whole = train(options("whole", 5000));
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    TrainingOptions killed = options("killed", 5000);
    killed.checkpoint_every_s = 1e-9;  // after every iteration
    CountingBatch batch(1);
    ChaoticTrainer trainer(batch);
    trainer.on_iterate = [](int64_t iteration) {
      if (iteration == 23) ::kill(::getpid(), SIGKILL);
    };
    run_training(trainer, batch, {}, killed);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  const Checkpoint left = read_checkpoint((root_ / "killed" / "checkpoint").string());
  EXPECT_GT(left.meta.iterations, 0);
  EXPECT_LT(left.meta.iterations, 50);
  TrainingOptions resumed = options("killed", 5000);
  resumed.resume = true;
  EXPECT_EQ(train(resumed), whole);
}

TEST_F(TrainingTest, ReportsAndCheckpointsDoNotChangeTheState) {
  TrainingOptions often = options("often", 2000);
  often.report_every_s = 0;
  often.checkpoint_every_s = 1e-9;
  EXPECT_EQ(train(often), train(options("seldom", 2000)));
}

TEST_F(TrainingTest, ASignalEndsItWithACheckpoint) {
  for (const int signal : {SIGINT, SIGTERM}) {
    CountingBatch batch(1);
    ChaoticTrainer trainer(batch);
    trainer.on_iterate = [&](int64_t iteration) {
      if (iteration == 4) ::raise(signal);
    };
    const TrainingResult result = run_training(trainer, batch, {}, options("signal", 100'000));
    EXPECT_EQ(result.end, TrainingEnd::kSignal);
    EXPECT_EQ(result.signal, signal);
    EXPECT_EQ(trainer.iterations(), 5);  // the iteration under way is finished, no other begun
    EXPECT_EQ(read_checkpoint(result.checkpoint).meta.iterations, 5);
  }
  // Afterwards signals do again what they did before.
  struct sigaction now {};
  sigaction(SIGTERM, nullptr, &now);
  EXPECT_EQ(now.sa_handler, SIG_DFL);
}

TEST_F(TrainingTest, EndsByTimeAndByTheHook) {
  TrainingOptions timed = options("timed", 0);
  timed.seconds = 0.2;
  CountingBatch batch(1);
  ChaoticTrainer trainer(batch);
  EXPECT_EQ(run_training(trainer, batch, {}, timed).end, TrainingEnd::kSeconds);
  EXPECT_GT(trainer.iterations(), 0);
  // The learning-rate schedule is told the share of the time.
  ASSERT_FALSE(trainer.shares.empty());
  EXPECT_GE(trainer.shares.front(), 0);
  EXPECT_LT(trainer.shares.front(), trainer.shares.back());
  EXPECT_LE(trainer.shares.back(), 1);
  EXPECT_TRUE(std::is_sorted(trainer.shares.begin(), trainer.shares.end()));
  // A resume counts the time that was trained before.
  timed.resume = true;
  ChaoticTrainer second(batch);
  const TrainingResult result = run_training(second, batch, {}, timed);
  EXPECT_EQ(result.end, TrainingEnd::kSeconds);
  EXPECT_EQ(second.iterations(), trainer.iterations());

  TrainingOptions hooked = options("hooked", 1'000'000'000);
  hooked.report_every_s = 0;
  TrainingHooks hooks;
  int calls = 0;
  hooks.on_report = [&](Trainer&, const TrainReport&) { return ++calls < 3; };
  ChaoticTrainer third(batch);
  EXPECT_EQ(run_training(third, batch, {}, hooked, hooks).end, TrainingEnd::kHook);
  EXPECT_EQ(calls, 3);
}

// Looks come after the same iterations however long a burst is, and change nothing.
TEST_F(TrainingTest, LooksAtSharesOfTheSteps) {
  CountingBatch batch(2);
  ChaoticTrainer trainer(batch);
  TrainingOptions looking = options("looks", 1000);
  looking.looks = {0.25, 0, /*at_start=*/true};
  TrainingHooks hooks;
  hooks.look_columns = {"eval_wait"};
  std::vector<int64_t> at;
  std::vector<double> shares;
  hooks.on_look = [&](Trainer& t, TrainReport& report, double done) {
    EXPECT_EQ(&t, &trainer);
    EXPECT_EQ(report.iteration == 0, std::isnan(report.column("policy_loss")[0]));
    at.push_back(report.steps);
    shares.push_back(done);
    report.set("eval_wait", 1, static_cast<double>(report.steps));
    return true;
  };
  const TrainingResult result = run_training(trainer, batch, {}, looking, hooks);
  // Iterations have 100 steps: a quarter is done after three.
  EXPECT_EQ(at, (std::vector<int64_t>{0, 300, 500, 800, 1000}));
  EXPECT_EQ(shares, (std::vector<double>{0, 0.3, 0.5, 0.8, 1}));
  EXPECT_EQ(result.last.column("eval_wait")[1], 1000);
  EXPECT_TRUE(std::isnan(result.last.column("eval_wait")[0]));
  EXPECT_EQ(rows(looking.out_dir), 2 * 5);
  EXPECT_TRUE(read_checkpoint(result.checkpoint).payload == train(options("none", 1000), 2));

  // A resume goes on with the next one.
  at.clear();
  looking.steps = 2000;
  looking.resume = true;
  ChaoticTrainer resumed(batch);
  hooks.on_look = [&](Trainer&, TrainReport& report, double) {
    at.push_back(report.steps);
    return report.steps < 1500;
  };
  EXPECT_EQ(run_training(resumed, batch, {}, looking, hooks).end, TrainingEnd::kHook);
  EXPECT_EQ(at, std::vector<int64_t>{1500});
}

TEST_F(TrainingTest, ReportsMeanEpisodesAndDivergedMembers) {
  CountingBatch batch(2);
  ChaoticTrainer trainer(batch);
  trainer.diverged_member = 1;
  const TrainingResult result = run_training(trainer, batch, {}, options("report", 1000));
  EXPECT_EQ(result.last.names,
            (std::vector<std::string>{"policy_loss", "episodes", "episode_return"}));
  EXPECT_EQ(result.last.column("episodes"), (std::vector<double>{20, 20}));
  EXPECT_EQ(result.last.column("episode_return"), (std::vector<double>{-3, -6}));
  EXPECT_EQ(result.diverged, std::vector<int>{1});
}

TEST_F(TrainingTest, RefusesWhatCannotBeResumed) {
  TrainingOptions missing = options("missing", 1000);
  missing.resume = true;
  EXPECT_THROW(train(missing), InputError);

  train(options("run", 1000));
  TrainingOptions other = options("run", 2000);
  other.resume = true;
  EXPECT_THROW(train(other, 2), InputError);  // another number of members
  other.meta.seeds = {8};
  EXPECT_THROW(train(other), InputError);

  // A payload that the trainer refuses is told with the file's name.
  Checkpoint odd = read_checkpoint((root_ / "run" / "checkpoint").string());
  odd.payload.push_back(0);
  write_checkpoint((root_ / "run" / "checkpoint").string(), odd);
  other.meta.seeds = {7};
  try {
    train(other);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("checkpoint"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("bytes"), std::string::npos);
  }
}

TEST_F(TrainingTest, WhatCannotBeWrittenIsToldAndTheTrainingGoesOn) {
  CountingBatch batch(1);
  ChaoticTrainer trainer(batch);
  TrainingOptions some = options("full", 1000);
  some.checkpoint_every_s = 1e-9;  // after every burst
  const std::string checkpoint = some.out_dir + "/checkpoint";
  std::vector<std::string> warnings;
  TrainingHooks hooks;
  hooks.on_warning = [&](const std::string& words) { warnings.push_back(words); };
  fs::create_directories(checkpoint);  // a folder in the file's place
  TrainingResult result = run_training(trainer, batch, {}, some, hooks);
  EXPECT_EQ(trainer.iterations(), 10);
  EXPECT_EQ(result.end, TrainingEnd::kSteps);
  EXPECT_EQ(result.checkpoint, "");
  ASSERT_EQ(result.unwritten.size(), 1u);
  EXPECT_NE(result.unwritten[0].find(checkpoint), std::string::npos);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0].rfind("checkpoint not written: ", 0), 0u) << warnings[0];
  EXPECT_NE(warnings[0].find("; the training goes on, the next try in 1e-09 s"), std::string::npos)
      << warnings[0];

  // Room again before the end: nothing is missing.
  ChaoticTrainer again(batch);
  again.on_iterate = [&](int64_t i) {
    if (i == 7) fs::remove(checkpoint);
  };
  warnings.clear();
  result = run_training(again, batch, {}, some, hooks);
  EXPECT_EQ(warnings.size(), 1u);
  EXPECT_TRUE(result.unwritten.empty());
  EXPECT_EQ(read_checkpoint(result.checkpoint).meta.iterations, 10);

  // A log ends where it cannot be written.
  some.out_dir += "_log";
  some.report_every_s = 0;
  ChaoticTrainer logged(batch);
  logged.on_iterate = [&](int64_t i) {
    if (i == 0) fs::create_directory(some.out_dir + "/metrics.csv");
  };
  warnings.clear();
  result = run_training(logged, batch, {}, some, hooks);
  EXPECT_EQ(read_checkpoint(result.checkpoint).meta.iterations, 10);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("metrics.csv (Is a directory)"), std::string::npos) << warnings[0];
  ASSERT_EQ(result.unwritten.size(), 1u);
  EXPECT_EQ(warnings[0], result.unwritten[0] + "; the training goes on without it");
}

TEST_F(TrainingTest, RefusesATrainingWithoutEnd) {
  EXPECT_THROW(train(options("endless", 0)), InputError);
  EXPECT_THROW(train(options("negative", -1)), InputError);
  TrainingOptions nan = options("nan", 0);
  nan.seconds = NAN;
  EXPECT_THROW(train(nan), InputError);
}

}  // namespace
}  // namespace cusched
