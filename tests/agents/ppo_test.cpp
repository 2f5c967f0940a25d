// SPDX-License-Identifier: MIT
#include "agents/ppo.h"

#include <gtest/gtest.h>

#include <cmath>

#include "agents/network_registry.h"
#include "tests/agents/toy_batch.h"
#include "tests/agents/trainer_checks.h"

namespace cusched {
namespace {

const Exec kHost;

PpoConfig small_config() {
  PpoConfig config;
  config.rollout_steps = 32;
  config.minibatch = 512;
  config.learning_rate = {3e-3f};
  config.schedule = "constant";
  return config;
}

// Share of the optimum that the greedy policy gets in a fresh bandit.
double greedy_share(const PolicyWeights& weights, const ToyOptions& options) {
  ToyOptions fresh = options;
  fresh.seed += 100;
  fresh.shape.members = 1;
  ToyBatch batch(fresh);
  const BatchShape& s = batch.shape();
  std::vector<float> obs(static_cast<size_t>(s.lanes() * s.obs()));
  std::vector<uint8_t> mask(static_cast<size_t>(s.lanes() * s.actions())), done(mask.size());
  std::vector<float> reward(static_cast<size_t>(s.lanes()));
  std::vector<int32_t> action(reward.size());
  StepBuffers out;
  out.obs = obs.data();
  out.mask = mask.data();
  out.reward = reward.data();
  out.done = done.data();
  batch.reset(kHost, out);
  const auto policy = make_policy(weights, Device{});
  double paid = 0, best = 0;
  for (int t = 0; t < 50; ++t) {
    policy->act(kHost, s.lanes(), obs.data(), mask.data(), action.data());
    for (int64_t lane = 0; lane < s.lanes(); ++lane) best += batch.best(lane);
    batch.step(kHost, action.data(), out);
    for (const float r : reward) paid += r;
  }
  return paid / best;
}

class PpoBandit : public testing::TestWithParam<std::string> {};

TEST_P(PpoBandit, ReachesTheKnownOptimumUnderMasks) {
  ToyOptions options;
  options.shape = BatchShape{1, 256, 3, 2, 1};
  ToyBatch batch(options);
  NetworkConfig network;
  network.kind = GetParam();
  network.hidden = {32, 32};
  PpoConfig config = small_config();
  config.schedule = "linear";
  config.total_steps = int64_t{40} * 32 * 256;
  config.entropy = {0.0f};
  const auto trainer = make_ppo(batch, kHost, network, config, 5);
  EXPECT_LT(greedy_share(trainer->policy(0), options), 0.9);  // the test can fail
  for (int i = 0; i < 40; ++i) trainer->iterate();
  EXPECT_GT(greedy_share(trainer->policy(0), options), 0.97);
}
INSTANTIATE_TEST_SUITE_P(Networks, PpoBandit, testing::ValuesIn(network_names()));

double constant_value(bool truncate) {
  ToyOptions options;
  options.kind = ToyKind::kConstant;
  options.truncate = truncate;
  ToyBatch batch(options);
  PpoConfig config = small_config();
  config.gamma = {0.9f};
  config.scale_reward = false;
  config.learning_rate = {1e-2f};
  NetworkConfig network;
  network.hidden = {16};
  const auto trainer = make_ppo(batch, kHost, network, config, 1);
  for (int i = 0; i < 60; ++i) trainer->iterate();
  return stat(trainer->stats(), "value_mean");
}

TEST(Ppo, ValuesATruncatedEpisodeByItsContinuation) {
  EXPECT_NEAR(constant_value(true), 1 / (1 - 0.9), 0.15);
}

TEST(Ppo, ValuesATerminatedEpisodeByWhatItPaid) {
  // Mean over the steps of an episode of what is left to pay.
  double mean = 0;
  for (int left = 1; left <= 7; ++left) mean += (1 - std::pow(0.9, left)) / (1 - 0.9) / 7;
  EXPECT_NEAR(constant_value(false), mean, 0.15);
}

TEST(Ppo, DiscountsByElapsedTime) {
  // Steps take one tick in even lanes and two in odd ones: 1 / (1 - gamma^ticks).
  ToyOptions options;
  options.kind = ToyKind::kConstant;
  ToyBatch batch(options);
  PpoConfig config = small_config();
  config.gamma = {0.8f};
  config.discount = "time";
  config.scale_reward = false;
  config.learning_rate = {1e-2f};
  NetworkConfig network;
  network.hidden = {16};
  const auto trainer = make_ppo(batch, kHost, network, config, 1);
  for (int i = 0; i < 60; ++i) trainer->iterate();
  // One value for both kinds of lanes solves v = 1 + v (0.8 + 0.64) / 2 when lambda-returns are
  // averaged; lambda < 1 mixes the two fixed points 5 and 2.78 towards it.
  const float value = stat(trainer->stats(), "value_mean");
  EXPECT_GT(value, 1 / (1 - 0.64) + 0.2);
  EXPECT_LT(value, 1 / (1 - 0.8) - 0.2);
}

TEST(Ppo, MembersWithTheirOwnDiscountLearnTheirOwnOptimum) {
  ToyOptions options;
  options.kind = ToyKind::kCorridor;
  options.shape = BatchShape{2, 64, 2, 2, 1};
  ToyBatch batch(options);
  PpoConfig config = small_config();
  config.gamma = {0.1f, 0.99f};
  const auto trainer = make_ppo(batch, kHost, NetworkConfig{"mlp", {16}, "tanh"}, config, 3);
  for (int i = 0; i < 60; ++i) trainer->iterate();
  const std::vector<float> obs = {1, 0, 1, 1};
  const std::vector<uint8_t> mask = {1, 1, 1};
  int32_t hasty = -1, patient = -1;
  make_policy(trainer->policy(0), Device{})->act(kHost, 1, obs.data(), mask.data(), &hasty);
  make_policy(trainer->policy(1), Device{})->act(kHost, 1, obs.data(), mask.data(), &patient);
  EXPECT_EQ(hasty, 0);
  EXPECT_NE(patient, 0);  // candidate 1 and none both wait
}

TEST(Ppo, AMemberStoppedByItsDivergenceDoesNotMove) {
  ToyOptions options;
  options.shape = BatchShape{2, 64, 4, 2, 2};
  ToyBatch batch(options);
  PpoConfig config = small_config();
  config.learning_rate = {0.05f};
  config.target_kl = {1e-6f, 0.0f};
  config.minibatch = 4096;  // one minibatch an epoch, so 4 updates an iteration
  const auto trainer = make_ppo(batch, kHost, NetworkConfig{}, config, 2);
  trainer->iterate();
  const TrainStats stats = trainer->stats();
  EXPECT_EQ(stat(stats, "updates", 0), 1);  // the first has no divergence yet; the second stops
  EXPECT_EQ(stat(stats, "updates", 1), 4);

  // One epoch only makes the same single update: the stopped member did not move after it.
  ToyBatch short_batch(options);
  config.epochs = 1;
  const auto once = make_ppo(short_batch, kHost, NetworkConfig{}, config, 2);
  once->iterate();
  EXPECT_TRUE(same_weights(once->policy(0), trainer->policy(0)));
  EXPECT_FALSE(same_weights(once->policy(1), trainer->policy(1)));
}

TEST(Ppo, LearningRateFallsLinearlyToZero) {
  const ToyOptions options;
  ToyBatch batch(options);
  PpoConfig config = small_config();
  config.schedule = "linear";
  config.total_steps = 4 * 32 * 64;
  const auto trainer = make_ppo(batch, kHost, NetworkConfig{}, config, 2);
  for (int i = 0; i < 6; ++i) {
    const PolicyWeights before = trainer->policy(0);
    trainer->iterate();
    const float expected = 3e-3f * std::max(0.0f, 1 - i / 4.0f);
    EXPECT_FLOAT_EQ(stat(trainer->stats(), "learning_rate"), expected);
    if (i >= 4) {
      EXPECT_EQ(before.weights[0].values, trainer->policy(0).weights[0].values);
    }
  }
}

TEST(Ppo, LearningRateFollowsTheClockWithoutANumberOfSteps) {
  const ToyOptions options;
  ToyBatch batch(options);
  PpoConfig config = small_config();
  for (const char* schedule : {"linear", "constant"}) {
    config.schedule = schedule;
    const bool linear = config.schedule == "linear";
    const auto trainer = make_ppo(batch, kHost, NetworkConfig{}, config, 2);
    trainer->iterate();
    EXPECT_FLOAT_EQ(stat(trainer->stats(), "learning_rate"), 3e-3f);
    trainer->set_done_share(0.75);
    trainer->iterate();
    EXPECT_FLOAT_EQ(stat(trainer->stats(), "learning_rate"), linear ? 0.75e-3f : 3e-3f);
    trainer->set_done_share(1);
    trainer->iterate();
    EXPECT_FLOAT_EQ(stat(trainer->stats(), "learning_rate"), linear ? 0.0f : 3e-3f);
  }
}

TEST(Ppo, RefusesBadConfigurationsByName) {
  const auto message = [](const PpoConfig& config) -> std::string {
    const ToyOptions options;
    ToyBatch batch(options);
    try {
      make_ppo(batch, kHost, NetworkConfig{}, config, 1);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  PpoConfig config;
  config.gamma = {0.9f, 0.8f};
  EXPECT_NE(message(config).find("ppo.gamma"), std::string::npos);
  config = PpoConfig{};
  config.lambda = {1.5f};
  EXPECT_NE(message(config).find("ppo.lambda"), std::string::npos);
  config = PpoConfig{};
  config.learning_rate = {std::nanf("")};
  EXPECT_NE(message(config).find("ppo.learning_rate"), std::string::npos);
  config = PpoConfig{};
  config.schedule = "cosine";
  EXPECT_NE(message(config).find("ppo.schedule"), std::string::npos);
  config = PpoConfig{};
  config.epochs = 0;
  EXPECT_NE(message(config).find("ppo.epochs"), std::string::npos);
}

TEST(Ppo, RefusesACutOffState) {
  const ToyOptions options;
  ToyBatch batch(options);
  const auto trainer = make_ppo(batch, kHost, NetworkConfig{}, small_config(), 1);
  const std::vector<uint8_t> state = trainer->save();
  for (const size_t size : {size_t{0}, size_t{7}, size_t{100}, state.size() - 1})
    EXPECT_THROW(trainer->load({state.begin(), state.begin() + static_cast<int64_t>(size)}),
                 InputError);
  const auto wider = make_ppo(batch, kHost, NetworkConfig{"mlp", {96}, "tanh"}, small_config(), 1);
  EXPECT_THROW(wider->load(state), InputError);
}

}  // namespace
}  // namespace cusched
