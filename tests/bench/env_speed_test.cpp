// SPDX-License-Identifier: MIT
#include "bench/env_speed.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "bench/rollout_memory.h"
#include "bench/train_speed.h"
#include "cuda/error.h"
#include "envs/group_width.h"
#include "tests/cuda/gpu.h"

namespace cusched {
namespace {

using Json = nlohmann::json;

// Small and short: these tests are about what is counted, not about speed.
BenchEnvironments small() {
  BenchEnvironments e;
  e.envs = 48;
  e.values = {{"load", "1.1", "test"}, {"horizon-s", "7200", "test"}};
  return e;
}

EnvSpeedOptions quick(EnvDriver driver) {
  EnvSpeedOptions options;
  options.environments = small();
  options.driver = driver;
  options.steps = 32;
  options.warmup_steps = 200;
  options.timing = {2, 0.02};
  return options;
}

class EnvSpeed : public ::testing::TestWithParam<EnvDriver> {};

TEST_P(EnvSpeed, TellsWhatTheStepsWereAbout) {
  const BenchResult result = measure_env_speed(quick(GetParam()));
  const Json json = Json::parse(bench_json(result));
  EXPECT_GT(json["steps_per_s"]["min"].get<double>(), 0);
  EXPECT_LE(json["steps_per_s"]["min"], json["steps_per_s"]["median"]);
  EXPECT_LE(json["steps_per_s"]["median"], json["steps_per_s"]["max"]);
  EXPECT_EQ(json["steps_per_s"]["repetitions"].size(), 2u);
  const double starts = json["starts_per_step"], resets = json["resets_per_step"];
  const double decisions =
      json["decisions_per_s"].get<double>() / json["steps_per_s"]["median"].get<double>();
  EXPECT_GT(starts, 0) << "nothing was started";
  EXPECT_LE(starts, decisions + 1e-9) << "a start needs an allowed slot";
  EXPECT_LE(decisions, 1 + 1e-9);
  EXPECT_GE(resets, 0);
  EXPECT_EQ(json["config"]["envs"], 48);
  EXPECT_EQ(json["config"]["K"], 32);
  EXPECT_EQ(json["config"]["observation_numbers"], 13 + 32 * 28);
  EXPECT_EQ(json["config"]["options"]["load"], "1.1");
  EXPECT_EQ(json["config"]["device"], "cpu");
}

INSTANTIATE_TEST_SUITE_P(Drivers, EnvSpeed,
                         ::testing::Values(EnvDriver::kHeuristic, EnvDriver::kStepwise,
                                           EnvDriver::kPolicy));

TEST(EnvSpeedMetric, IsNamedAfterTheDriver) {
  EXPECT_EQ(measure_env_speed(quick(EnvDriver::kHeuristic)).metric, "env_random_feasible");
  EXPECT_EQ(measure_env_speed(quick(EnvDriver::kStepwise)).metric, "env_stepwise");
}

// What is timed with one thread a lane is validated with one, though the validation is small.
TEST(EnvSpeedWidth, ValidatesTheWidthThatIsTimed) {
  BenchEnvironments e = small();
  EXPECT_EQ(validation_batch(e).width, 0);
  EXPECT_EQ(Json::parse(e.config_json()).count("width"), 0u) << "the CPU has no width";
  e.device = {DeviceKind::kCuda, 0};
  const auto expect_width = [&](int members, int envs, int wanted, int width) {
    e.members = members;
    e.envs = envs;
    e.width = wanted;
    EXPECT_EQ(validation_batch(e).width, width);
    EXPECT_LT(validation_batch(e).envs, 64);
    EXPECT_EQ(Json::parse(e.config_json())["width"], width);
  };
  expect_width(1, 4096, 0, group_widths().back());
  expect_width(1, 65536, 0, group_widths().front());
  expect_width(16, 4096, 0, group_widths().front());
  for (const int width : group_widths()) {
    expect_width(1, 4096, width, width);
    expect_width(1, 65536, width, width);
  }
}

TEST(EnvSpeedGpu, EveryWidthIsValid) {
  CUSCHED_SKIP_WITHOUT_GPU();
  for (const char* env : {"admission", "placement"}) {
    BenchEnvironments e;
    e.env = env;
    e.device = {DeviceKind::kCuda, 0};
    for (const int width : group_widths()) {
      e.width = width;
      validate_env_speed(e, "random-feasible");
    }
  }
}

TEST(EnvSpeedInput, RefusesUnknownNames) {
  EnvSpeedOptions options = quick(EnvDriver::kHeuristic);
  options.heuristic = "best";
  EXPECT_THROW(measure_env_speed(options), InputError);
  options = quick(EnvDriver::kHeuristic);
  options.environments.env = "nowhere";
  EXPECT_THROW(measure_env_speed(options), InputError);
  options = quick(EnvDriver::kPolicy);
  options.policy_file = "no/such/policy.pt";
  EXPECT_THROW(measure_env_speed(options), InputError);
}

TEST(RolloutMemory, CountsOnlyWhatTheRowsSay) {
  const auto batch = small().make();
  const RolloutMemory memory(*batch, 3);
  const int64_t lanes = batch->shape().lanes(), actions = batch->shape().actions();
  const int none = batch->shape().slots;
  const auto mask = [&](int64_t t, int64_t lane) { return memory.at(t).mask + lane * actions; };
  for (int64_t t = 0; t < 3; ++t)
    for (int64_t lane = 0; lane < lanes; ++lane) {
      mask(t, lane)[none] = 1;
      memory.action(t)[lane] = none;
    }
  mask(0, 0)[2] = 1;        // seen before step 1: a decision ...
  memory.action(1)[0] = 2;  // ... and a start
  mask(1, 1)[0] = 1;        // seen before step 2: a decision, nothing started
  memory.action(2)[2] = 4;  // forbidden: no start
  mask(2, 3)[5] = 1;        // the last row is seen by no step
  memory.action(0)[4] = 1;  // what the first step saw is not there
  memory.at(2).done[7] = 2;
  const RolloutFacts facts = memory.facts({});
  const double steps = 2.0 * static_cast<double>(lanes);
  EXPECT_DOUBLE_EQ(facts.decisions_per_step, 2 / steps);
  EXPECT_DOUBLE_EQ(facts.starts_per_step, 1 / steps);
  EXPECT_DOUBLE_EQ(facts.resets_per_step, 1 / steps);
}

TEST(RolloutMemory, RefusesWhatTheMachineCannotHold) {
  const auto batch = small().make();
  EXPECT_THROW(RolloutMemory(*batch, int64_t{1} << 40), InputError);
}

TEST(TrainSpeed, MeasuresIterationsOfPpo) {
  TrainSpeedOptions options;
  options.environments = small();
  options.environments.members = 2;
  options.algorithm = make_algorithm("ppo");
  options.algorithm->shared().rollout_steps = 16;
  for (const ConfigField& field : options.algorithm->fields())
    if (field.name == "minibatch") *std::get<int64_t*>(field.target) = 256;
  options.timing = {2, 0.02};
  const Json json = Json::parse(bench_json(measure_train_speed(options)));
  EXPECT_EQ(json["metric"], "train_ppo");
  EXPECT_EQ(json["config"]["minibatch"], 256);
  EXPECT_EQ(json["config"]["hidden"], Json::array({64, 64}));
  EXPECT_EQ(json["statistics"].size(), 2u);
  // Steps of an iteration: P x T x E. Updates: 3 minibatches of 768 samples, 4 epochs.
  const double iterations = json["iterations_per_s"];
  EXPECT_NEAR(json["steps_per_s"]["median"].get<double>() / iterations, 2 * 16 * 48, 1e-6);
  EXPECT_NEAR(json["updates_per_s"].get<double>() / iterations, 12, 1e-9);
}

}  // namespace
}  // namespace cusched
