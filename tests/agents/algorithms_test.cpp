// SPDX-License-Identifier: MIT
// What every algorithm has to do, with every one of them.
#include <gtest/gtest.h>

#include <cmath>

#include "agents/host_pool.h"
#include "agents/network_registry.h"
#include "tests/agents/algorithm_cases.h"
#include "tests/agents/toy_batch.h"
#include "tests/agents/trainer_checks.h"

namespace cusched {
namespace {

const Exec kHost;
constexpr double kGamma = 0.9;

class Algorithms : public testing::TestWithParam<AlgorithmCase> {
 protected:
  std::unique_ptr<Algorithm> algorithm() const { return make_case(GetParam()); }
  static std::unique_ptr<Trainer> trainer(const Algorithm& algorithm, Batch& batch,
                                          const std::string& network = "mlp",
                                          int member_offset = 0) {
    return algorithm.make_trainer(batch, kHost, {network, {24, 16}, "tanh"}, 9, member_offset);
  }
  PolicyWeights learned(const Mdp& mdp, int length, const std::string& network,
                        bool masks = true) const {
    const auto own = algorithm();
    own->shared().action_mask = masks;
    own->shared().gamma = {static_cast<float>(kGamma)};
    own->shared().schedule = "linear";
    own->shared().total_steps =
        int64_t{GetParam().iterations} * own->shared().rollout_steps * kEnvs;
    ToyOptions options = mdp_options(mdp, kEnvs, length);
    options.forbidden_waits = !masks;  // with masks a forbidden action throws
    ToyBatch batch(options);
    const auto trained = own->make_trainer(batch, kHost, {network, {32, 32}, "tanh"}, 9, 0);
    for (int i = 0; i < GetParam().iterations; ++i) trained->iterate();
    return trained->policy(0);
  }
  static constexpr int kEnvs = 128;
};

// The fixture itself.
TEST(MdpFixture, HasOptimaThatAreKnownAndMatter) {
  const Mdp queue = queue_mdp();
  const std::vector<int32_t> best = optimum(queue, kGamma).actions;
  for (int n0 = 0; n0 < kQueueCap; ++n0)
    for (int n1 = 1; n1 < kQueueCap; ++n1)
      EXPECT_EQ(best[static_cast<size_t>(n0 * (kQueueCap + 1) + n1)], 1) << n0 << ", " << n1;
  EXPECT_EQ(regret(queue, best, kGamma), 0);
  for (const unsigned seed : {1u, 100u}) {
    const Mdp mdp = random_mdp(seed, kGamma);
    EXPECT_GT(std::count(mdp.mask.begin(), mdp.mask.end(), 0), 2);
    EXPECT_EQ(regret(mdp, optimum(mdp, kGamma).actions, kGamma), 0);
    EXPECT_GT(regret(mdp, std::vector<int32_t>(static_cast<size_t>(mdp.states), mdp.slots), kGamma),
              0.5);
  }
}

TEST(AlgorithmCases, AreThoseOfTheRegistry) {
  std::vector<std::string> cases, registry;
  for (const AlgorithmCase& one : algorithm_cases()) cases.push_back(one.algo);
  for (const auto& algorithm : all_algorithms()) registry.push_back(algorithm->name());
  std::sort(cases.begin(), cases.end());
  EXPECT_EQ(cases, registry);
}

TEST_P(Algorithms, ReachTheTabularOptimumUnderMasksAndTruncation) {
  for (const unsigned seed : {1u, 100u}) {
    const Mdp mdp = random_mdp(seed, kGamma);
    // A short limit: who takes a truncated episode for one that ended misjudges every state.
    for (const char* network : {"mlp", "pointer"})
      EXPECT_EQ(greedy_actions(mdp, learned(mdp, 5, network)), optimum(mdp, kGamma).actions)
          << "seed " << seed << ", " << network;
  }
}

TEST_P(Algorithms, ServeTheClassThatTheCMuRuleServes) {
  const Mdp mdp = queue_mdp();
  const std::vector<int32_t> actions = greedy_actions(mdp, learned(mdp, 60, "mlp"));
  for (int n0 = 1; n0 < kQueueCap; ++n0)
    for (int n1 = 1; n1 < kQueueCap; ++n1)
      EXPECT_EQ(actions[static_cast<size_t>(n0 * (kQueueCap + 1) + n1)], 1)
          << n0 << " and " << n1 << " jobs";
  EXPECT_LT(regret(mdp, actions, kGamma), 0.02);
}

TEST_P(Algorithms, TrainAMemberAloneAsInAPopulation) {
  for (const std::string& network : network_names()) {
    const auto own = algorithm();
    ToyOptions options;
    options.shape = BatchShape{3, 40, 4, 2, 2};  // lanes and rows that fill no chunk
    const std::vector<float> rates = {1e-3f, 2e-3f, 3e-3f};
    own->shared().learning_rate = rates;
    ToyBatch together(options);
    const auto population = trainer(*own, together, network);
    for (int i = 0; i < 3; ++i) population->iterate();
    for (int p = 0; p < 3; ++p) {
      ToyOptions one = options;
      one.shape.members = 1;
      one.member_offset = p;
      own->shared().learning_rate = {rates[static_cast<size_t>(p)]};
      ToyBatch batch(one);
      const auto alone = trainer(*own, batch, network, p);
      for (int i = 0; i < 3; ++i) alone->iterate();
      EXPECT_TRUE(same_weights(alone->policy(0), population->policy(p))) << "member " << p;
    }
    EXPECT_FALSE(same_weights(population->policy(0), population->policy(1)));
  }
}

TEST_P(Algorithms, LeaveTheSameBitsWithAnyNumberOfThreads) {
  ToyOptions options;
  options.shape.envs = 300;
  const int before = host_threads();
  std::vector<std::vector<uint8_t>> states;
  for (const int threads : {1, 2, 3}) {
    set_host_threads(threads);
    ToyBatch batch(options);
    const auto own = trainer(*algorithm(), batch);
    for (int i = 0; i < 3; ++i) own->iterate();
    states.push_back(own->save());
  }
  set_host_threads(before);
  EXPECT_TRUE(states[0] == states[1]);
  EXPECT_TRUE(states[0] == states[2]);
}

TEST_P(Algorithms, GoOnAfterALoadAsIfNothingHadHappened) {
  const ToyOptions options;
  ToyBatch batch(options), other(options);
  const auto own = trainer(*algorithm(), batch);
  for (int i = 0; i < 2; ++i) own->iterate();
  const std::vector<uint8_t> middle = own->save();
  for (int i = 0; i < 2; ++i) own->iterate();
  const auto again = trainer(*algorithm(), other);
  again->iterate();  // a state that load has to forget
  again->load(middle);
  EXPECT_EQ(again->iterations(), 2);
  EXPECT_FALSE(again->save() == own->save());
  for (int i = 0; i < 2; ++i) again->iterate();
  EXPECT_TRUE(again->save() == own->save());

  // The seed keys all draws, so it is part of the configuration, not of the state.
  ToyBatch third(options);
  const auto reseeded = algorithm()->make_trainer(third, kHost, {"mlp", {24, 16}, "tanh"}, 77, 0);
  reseeded->load(middle);
  for (int i = 0; i < 2; ++i) reseeded->iterate();
  EXPECT_FALSE(reseeded->save() == own->save());
}

TEST_P(Algorithms, RefuseFieldsThatAreOutOfRangeByName) {
  const ToyOptions options;
  ToyBatch batch(options);
  for (const ConfigField& field : algorithm()->all_fields()) {
    auto* const* list = std::get_if<std::vector<float>*>(&field.target);
    if (list == nullptr) continue;
    const auto bad = algorithm();
    set_number(*bad, field.name, std::nan(""));
    std::string name = GetParam().algo + std::string(".") + field.name;
    for (char& c : name)
      if (c == '-') c = '_';
    try {
      trainer(*bad, batch);
      ADD_FAILURE() << name << " was accepted";
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << error.what();
    }
  }
}

TEST_P(Algorithms, LearnWithoutMasksThatForbiddenActionsWait) {
  const Mdp mdp = random_mdp(1, kGamma);
  Mdp blind = mdp;
  std::fill(blind.mask.begin(), blind.mask.end(), uint8_t{1});
  std::vector<int32_t> played = greedy_actions(blind, learned(mdp, 5, "mlp", /*masks=*/false));
  for (int s = 0; s < mdp.states; ++s)
    if (!mdp.allowed(s, played[static_cast<size_t>(s)])) played[static_cast<size_t>(s)] = mdp.slots;
  EXPECT_EQ(played, optimum(mdp, kGamma).actions);
}

INSTANTIATE_TEST_SUITE_P(Each, Algorithms, testing::ValuesIn(algorithm_cases()),
                         [](const auto& info) { return info.param.algo; });

}  // namespace
}  // namespace cusched
