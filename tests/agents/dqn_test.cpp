// SPDX-License-Identifier: MIT
#include "agents/dqn.h"

#include <gtest/gtest.h>

#include <cmath>

#include "agents/host_pool.h"
#include "tests/agents/toy_batch.h"
#include "tests/agents/trainer_checks.h"

namespace cusched {
namespace {

const Exec kHost;

DqnConfig small_config() {
  DqnConfig config;
  config.rollout_steps = 4;
  config.minibatch = 256;
  config.replay_size = 8192;
  config.learning_rate = {3e-3f};
  config.epsilon_end = {0.1f};
  config.epsilon_start = {1.0f};
  config.total_steps = 20000;
  return config;
}

double constant_value(DqnConfig config, bool truncate) {
  ToyOptions options;
  options.kind = ToyKind::kConstant;
  options.truncate = truncate;
  ToyBatch batch(options);
  config.gamma = {0.9f};
  config.scale_reward = false;
  config.normalise_obs = false;
  config.tau = {0.05f};
  config.total_steps = int64_t{3000} * 4 * 64;
  NetworkConfig network;
  network.hidden = {16};
  const auto trainer = make_dqn(batch, kHost, network, config, 1);
  for (int i = 0; i < 3000; ++i) trainer->iterate();
  return stat(trainer->stats(), "q_mean");
}

struct Variant {
  const char* name;
  int n_step;
  bool double_q, dueling, prioritised;
};
class DqnVariants : public testing::TestWithParam<Variant> {
 protected:
  DqnConfig config() const {
    DqnConfig c = small_config();
    c.n_step = GetParam().n_step;
    c.double_q = GetParam().double_q;
    c.dueling = GetParam().dueling;
    c.prioritised = GetParam().prioritised;
    return c;
  }
};

TEST_P(DqnVariants, ValueATruncatedEpisodeByItsContinuation) {
  EXPECT_NEAR(constant_value(config(), true), 1 / (1 - 0.9), 0.1);
}

TEST_P(DqnVariants, ValueATerminatedEpisodeByWhatItPaid) {
  // Mean over the steps of an episode of what is left to pay. Priorities weigh steps otherwise.
  double mean = 0;
  for (int left = 1; left <= 7; ++left) mean += (1 - std::pow(0.9, left)) / (1 - 0.9) / 7;
  EXPECT_NEAR(constant_value(config(), false), mean, GetParam().prioritised ? 0.5 : 0.15);
}

INSTANTIATE_TEST_SUITE_P(All, DqnVariants,
                         testing::Values(Variant{"plain", 1, false, false, false},
                                         Variant{"double_three_step", 3, true, false, false},
                                         Variant{"dueling", 1, true, true, false},
                                         Variant{"everything", 3, true, true, true}),
                         [](const auto& each) { return each.param.name; });

class DqnBits : public testing::TestWithParam<const char*> {
 protected:
  NetworkConfig network() const { return {GetParam(), {24, 16}, "tanh"}; }
  DqnConfig config() const {
    DqnConfig c = small_config();
    c.dueling = c.prioritised = true;
    c.minibatch = 300;  // fills no chunk
    c.gradient_steps = 2;
    c.replay_size = 1000;  // the ring turns within the test
    c.learning_starts = 200;
    return c;
  }
};

TEST_P(DqnBits, AMemberAloneEqualsTheSameMemberInAPopulation) {
  DqnConfig all = config();
  ToyOptions options;
  options.shape = BatchShape{3, 40, 4, 2, 2};  // lanes that fill no chunk
  all.learning_rate = {1e-3f, 2e-3f, 3e-3f};
  all.epsilon_end = {0.1f, 0.2f, 0.3f};
  all.tau = {1.0f, 0.1f, 0.01f};
  all.huber = {1.0f, 0.0f, 2.0f};
  all.priority_alpha = {0.0f, 0.6f, 1.0f};
  ToyBatch together(options);
  const auto population = make_dqn(together, kHost, network(), all, 9);
  for (int i = 0; i < 10; ++i) population->iterate();
  for (size_t p = 0; p < 3; ++p) {
    ToyOptions one = options;
    one.shape.members = 1;
    one.member_offset = static_cast<int>(p);
    DqnConfig own = all;
    own.learning_rate = {all.learning_rate[p]};
    own.epsilon_end = {all.epsilon_end[p]};
    own.tau = {all.tau[p]};
    own.huber = {all.huber[p]};
    own.priority_alpha = {all.priority_alpha[p]};
    ToyBatch batch(one);
    const auto alone = make_dqn(batch, kHost, network(), own, 9, static_cast<int>(p));
    for (int i = 0; i < 10; ++i) alone->iterate();
    EXPECT_TRUE(same_weights(alone->policy(0), population->policy(static_cast<int>(p))))
        << "member " << p;
  }
  EXPECT_FALSE(same_weights(population->policy(0), population->policy(1)));
}

TEST_P(DqnBits, DoNotDependOnTheNumberOfThreads) {
  ToyOptions options;
  options.shape.envs = 300;
  const int before = host_threads();
  std::vector<std::vector<uint8_t>> states;
  for (const int threads : {1, 2, 3}) {
    set_host_threads(threads);
    ToyBatch batch(options);
    DqnConfig c = config();
    c.replay_size = 6000;
    const auto trainer = make_dqn(batch, kHost, network(), c, 4);
    for (int i = 0; i < 8; ++i) trainer->iterate();
    states.push_back(trainer->save());
  }
  set_host_threads(before);
  EXPECT_TRUE(states[0] == states[1]);
  EXPECT_TRUE(states[0] == states[2]);
}

TEST_P(DqnBits, AreTheSameAfterSaveAndLoad) {
  for (const int before : {1, 7}) {  // before and after the learning starts
    const ToyOptions options;
    ToyBatch batch(options), other(options);
    const auto trainer = make_dqn(batch, kHost, network(), config(), 4);
    for (int i = 0; i < before; ++i) trainer->iterate();
    const std::vector<uint8_t> middle = trainer->save();
    for (int i = 0; i < 4; ++i) trainer->iterate();
    const auto again = make_dqn(other, kHost, network(), config(), 4);
    for (int i = 0; i < 3; ++i) again->iterate();  // a state that load has to forget
    again->load(middle);
    EXPECT_EQ(again->iterations(), before);
    for (int i = 0; i < 4; ++i) again->iterate();
    EXPECT_TRUE(again->save() == trainer->save());
    EXPECT_FALSE(again->save() == middle);
  }
}
INSTANTIATE_TEST_SUITE_P(Networks, DqnBits, testing::Values("mlp", "pointer"));

TEST(Dqn, MovesNoWeightBeforeTheLearningStarts) {
  const ToyOptions options;  // 64 environments x 4 steps an iteration
  ToyBatch batch(options);
  DqnConfig config = small_config();
  config.learning_starts = 3 * 256;
  const auto trainer = make_dqn(batch, kHost, NetworkConfig{}, config, 2);
  const PolicyWeights first = trainer->policy(0);
  for (int i = 0; i < 3; ++i) trainer->iterate();
  EXPECT_EQ(trainer->policy(0).weights[0].values, first.weights[0].values);
  EXPECT_EQ(stat(trainer->stats(), "updates"), 0);
  trainer->iterate();
  EXPECT_NE(trainer->policy(0).weights[0].values, first.weights[0].values);
  EXPECT_EQ(stat(trainer->stats(), "updates"), 1);
}

TEST(Dqn, EpsilonFollowsStepsOrTheClockWhateverTheLearningRateDoes) {
  const ToyOptions options;
  for (const char* schedule : {"constant", "linear"}) {
    ToyBatch batch(options), timed(options);
    DqnConfig config = small_config();
    config.schedule = schedule;
    config.epsilon_fraction = {0.5f};
    config.total_steps = 256 * 10;
    const auto trainer = make_dqn(batch, kHost, NetworkConfig{}, config, 2);
    for (int i = 0; i < 8; ++i) {
      trainer->iterate();
      EXPECT_NEAR(stat(trainer->stats(), "epsilon"), std::max(0.1, 1 - 0.9 * i / 5), 1e-6);
    }
    config.total_steps = 0;
    const auto clock = make_dqn(timed, kHost, NetworkConfig{}, config, 2);
    clock->iterate();
    EXPECT_FLOAT_EQ(stat(clock->stats(), "epsilon"), 1.0f);
    clock->set_done_share(0.25);
    clock->iterate();
    EXPECT_NEAR(stat(clock->stats(), "epsilon"), 0.55, 1e-6);
    EXPECT_FLOAT_EQ(stat(clock->stats(), "learning_rate"),
                    config.schedule == "linear" ? 0.75f * 3e-3f : 3e-3f);
  }
}

TEST(Dqn, TellsItsReplay) {
  const ToyOptions options;
  ToyBatch batch(options);
  const auto trainer = make_dqn(batch, kHost, NetworkConfig{}, small_config(), 2);
  ASSERT_EQ(trainer->notes().size(), 2u);
  EXPECT_EQ(trainer->notes()[0].rfind("memory: ", 0), 0u);
  EXPECT_NE(trainer->notes()[1].find("8192 transitions"), std::string::npos);
}

TEST(Dqn, RefusesBadConfigurationsByName) {
  const auto message = [](const DqnConfig& config) -> std::string {
    const ToyOptions options;
    ToyBatch batch(options);
    try {
      make_dqn(batch, kHost, NetworkConfig{}, config, 1);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  DqnConfig config = small_config();
  config.epsilon_end = {1.5f};
  EXPECT_NE(message(config).find("dqn.epsilon_end"), std::string::npos);
  config = small_config();
  config.tau = {0.5f, 0.5f};
  EXPECT_NE(message(config).find("dqn.tau"), std::string::npos);
  config = small_config();
  config.n_step = 0;
  EXPECT_NE(message(config).find("dqn.n_step"), std::string::npos);
  config = small_config();
  config.replay_size = 64;
  EXPECT_NE(message(config).find("replay"), std::string::npos);
}

TEST(Dqn, RefusesACutOffState) {
  const ToyOptions options;
  ToyBatch batch(options);
  const auto trainer = make_dqn(batch, kHost, NetworkConfig{}, small_config(), 1);
  trainer->iterate();
  const std::vector<uint8_t> state = trainer->save();
  for (const size_t size : {size_t{0}, size_t{7}, size_t{100}, state.size() / 2, state.size() - 1})
    EXPECT_THROW(trainer->load({state.begin(), state.begin() + static_cast<int64_t>(size)}),
                 InputError);
  DqnConfig larger = small_config();
  larger.replay_size = 9000;
  EXPECT_THROW(make_dqn(batch, kHost, NetworkConfig{}, larger, 1)->load(state), InputError);
}

}  // namespace
}  // namespace cusched
