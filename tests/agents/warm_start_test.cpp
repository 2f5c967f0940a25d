// SPDX-License-Identifier: MIT
#include "agents/warm_start.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "agents/kernels/imitation.h"
#include "agents/policy.h"
#include "envs/registry.h"
#include "tests/agents/algorithm_cases.h"
#include "tests/agents/toy_batch.h"
#include "tests/agents/trainer_checks.h"

namespace cusched {
namespace {

const Exec kHost;
constexpr double kStep = 1e-6;

// Derivative of f by logits[a].
template <class F>
double slope(double* logits, int a, const F& f) {
  const double kept = logits[a];
  logits[a] = kept + kStep;
  const double above = f();
  logits[a] = kept - kStep;
  const double below = f();
  logits[a] = kept;
  return (above - below) / (2 * kStep);
}

TEST(ImitationLoss, GradientMatchesFiniteDifferences) {
  constexpr int kActions = 4;
  const uint8_t mask[kActions] = {1, 0, 1, 1};
  for (const double smoothing : {0.0, 0.1})
    for (const int label : {0, 2, 3}) {
      double logits[kActions] = {0.3, 50.0, -0.4, 0.9}, dlogits[kActions] = {1, 2, 3, 4};
      const auto loss = [&] {
        double spare[kActions] = {};
        return imitation_loss(logits, mask, kActions, label, smoothing, 1.0, spare);
      };
      imitation_loss(logits, mask, kActions, label, smoothing, 0.25, dlogits);
      for (int a = 0; a < kActions; ++a)
        EXPECT_NEAR(4 * (dlogits[a] - (a + 1)), slope(logits, a, loss), 1e-8) << "added, " << a;
    }
}

TEST(ImitationLoss, IsLeastWhereOtherAllowedActionsShareTheSmoothing) {
  const uint8_t mask[4] = {1, 1, 0, 1};
  const double logits[4] = {std::log(0.9), std::log(0.05), 7.0, std::log(0.05)};
  double dlogits[4] = {};
  imitation_loss(logits, mask, 4, 0, 0.1, 1.0, dlogits);
  for (const double d : dlogits) EXPECT_NEAR(d, 0, 1e-12);
  // Nothing is shared where there is one action.
  const uint8_t forced[4] = {0, 0, 0, 1};
  EXPECT_NEAR(imitation_loss(logits, forced, 4, 3, 0.1, 1.0, dlogits), 0, 1e-12);
}

TEST(MarginLoss, GradientMatchesFiniteDifferencesAndEndsAtTheMargin) {
  constexpr int kActions = 4;
  const uint8_t mask[kActions] = {1, 0, 1, 1};
  for (const int label : {0, 2, 3}) {
    double q[kActions] = {0.3, 50.0, -0.4, 0.35}, dq[kActions] = {};
    const auto loss = [&] {
      double spare[kActions] = {};
      return margin_loss(q, mask, kActions, label, 0.1, 1.0, spare);
    };
    margin_loss(q, mask, kActions, label, 0.1, 0.5, dq);
    for (int a = 0; a < kActions; ++a) EXPECT_NEAR(2 * dq[a], slope(q, a, loss), 1e-8) << a;
    q[label] = 0.5;
    EXPECT_EQ(loss(), 0);
  }
}

TEST(Imitation, TheHeuristicPlaysAllLanesFirstAndAQuarterOfThemLater) {
  for (int64_t iteration = 0; iteration < 12; ++iteration) {
    int policy = 0;
    for (int64_t env = 0; env < 32; ++env) policy += policy_plays(iteration, env) ? 1 : 0;
    EXPECT_EQ(policy, 8 * std::min<int64_t>(iteration, 3)) << iteration;
  }
  bool heuristic = false;  // a lane is nobody's for good
  for (int64_t iteration = 4; iteration < 8; ++iteration) heuristic |= !policy_plays(iteration, 5);
  EXPECT_TRUE(heuristic);
}

class WarmStarts : public testing::TestWithParam<AlgorithmCase> {
 protected:
  static constexpr int kEnvs = 64;

  // Imitates the toy's best action for at most `share` of 100 iterations' steps.
  static std::unique_ptr<Trainer> trainer(Batch& batch, double share = 1, double agreement = 0.99,
                                          int member_offset = 0) {
    AlgorithmCase of = GetParam();
    of.numbers["learning-rate"] = 5e-3;
    const std::unique_ptr<Algorithm> algorithm = make_case(of);
    LearnerConfig& shared = algorithm->shared();
    shared.total_steps = int64_t{100} * shared.rollout_steps * kEnvs;
    shared.warm.heuristic = 0;
    shared.warm.share = share;
    shared.warm.agreement = agreement;
    shared.warm.anchor_share = 0.05;
    return algorithm->make_trainer(batch, kHost, {"pointer", {24, 24}, "tanh"}, 9, member_offset);
  }
  static ToyOptions toy(int members = 1) {
    ToyOptions options;
    options.shape = BatchShape{members, kEnvs, 4, 2, 2};
    return options;
  }
};

TEST_P(WarmStarts, AgreeWithTheHeuristicOnNearlyAllOwnStates) {
  ToyBatch batch(toy());
  const auto trained = trainer(batch);
  int i = 0;
  while (trained->warm_start()->stage == WarmStage::kImitation && i++ < 100) trained->iterate();
  ASSERT_EQ(trained->warm_start()->stage, WarmStage::kAnchored);
  EXPECT_GE(trained->warm_start()->agreement, 0.99);
  EXPECT_LT(trained->warm_start()->share, 1);
  EXPECT_EQ(stat(trained->stats(), "anchor"), 0);
}

TEST_P(WarmStarts, GoOnAnchoredWithAGrowingRateAndThenFree) {
  ToyBatch batch(toy());
  const auto trained = trainer(batch, 0.04, 2);
  std::vector<float> rates, anchors;
  for (int i = 0; i < 4; ++i) trained->iterate();
  ASSERT_EQ(trained->warm_start()->stage, WarmStage::kAnchored);
  EXPECT_NEAR(trained->warm_start()->share, 0.04, 1e-9);
  for (int i = 0; i < 6; ++i) {
    trained->iterate();
    rates.push_back(stat(trained->stats(), "learning_rate"));
    anchors.push_back(stat(trained->stats(), "anchor"));
  }
  // A first rate of a tenth that grows by 18 % of it an iteration, an anchor that falls by a fifth.
  for (int i = 0; i < 4; ++i) {
    const float step = 0.2f * static_cast<float>(i);
    EXPECT_NEAR(rates[static_cast<size_t>(i)], 5e-3f * (0.1f + 0.9f * step), 1e-6f) << i;
    EXPECT_NEAR(anchors[static_cast<size_t>(i)], 0.1f * (1 - step), 1e-6f) << i;
  }
  EXPECT_EQ(trained->warm_start()->stage, WarmStage::kFree);
  EXPECT_NEAR(rates[5], 5e-3f, 1e-9f);
  EXPECT_EQ(anchors[5], 0);
  EXPECT_TRUE(std::isnan(stat(trained->stats(), "agreement")));
}

TEST_P(WarmStarts, ResumeInEveryStageToTheSameBytes) {
  for (const int at : {2, 5, 11}) {
    ToyBatch whole(toy()), first(toy()), second(toy());
    const auto straight = trainer(whole, 0.04, 2), before = trainer(first, 0.04, 2),
               after = trainer(second, 0.04, 2);
    for (int i = 0; i < 14; ++i) straight->iterate();
    for (int i = 0; i < at; ++i) before->iterate();
    after->load(before->save());
    EXPECT_EQ(after->warm_start()->stage, before->warm_start()->stage);
    for (int i = at; i < 14; ++i) after->iterate();
    EXPECT_TRUE(after->save() == straight->save()) << "resumed after " << at;
  }
}

TEST_P(WarmStarts, MembersOfAPopulationDoNotSeeEachOther) {
  ToyBatch both(toy(2));
  const auto population = trainer(both, 0.05, 2);
  for (int i = 0; i < 12; ++i) population->iterate();
  for (int member = 0; member < 2; ++member) {
    ToyOptions options = toy();
    options.member_offset = member;
    ToyBatch alone(options);
    const auto single = trainer(alone, 0.05, 2, member);
    for (int i = 0; i < 12; ++i) single->iterate();
    EXPECT_TRUE(same_weights(population->policy(member), single->policy(0))) << member;
  }
}

TEST_P(WarmStarts, RefuseAStateThatCannotBe) {
  ToyBatch batch(toy());
  const auto trained = trainer(batch);
  trained->iterate();
  std::vector<uint8_t> bytes = trained->save();
  bytes[bytes.size() - 8 - 40] = 7;  // the stage
  EXPECT_THROW(trained->load(bytes), InputError);
}

INSTANTIATE_TEST_SUITE_P(All, WarmStarts, testing::ValuesIn(algorithm_cases()),
                         [](const auto& info) { return std::string(info.param.algo); });

// ---- A real environment -----------------------------------------------------------------------

std::vector<EnvValue> small_admission() {
  const auto set = [](const char* name, const char* value) {
    return EnvValue{name, value, "test"};
  };
  return {set("features", "fits,pods,scales,scores"), set("slots", "8"),
          set("nodes", "6x16c64g1gpu"), set("load", "1.1"), set("horizon-s", "20000")};
}

std::unique_ptr<Batch> evaluation(int envs) {
  BatchOptions options;
  options.envs = envs;
  options.seed = 77;
  options.single_episode = true;
  options.stagger = false;
  return find_environment("admission").create(small_admission(), options);
}

double mean_of(const Batch& batch, const std::string& metric) {
  const EpisodeMetrics metrics = batch.episode_metrics(kHost);
  const size_t n = metrics.names.size();
  const size_t at = static_cast<size_t>(
      std::find(metrics.names.begin(), metrics.names.end(), metric) - metrics.names.begin());
  double sum = 0;
  for (size_t i = at; i < metrics.values.size(); i += n) sum += metrics.values[i];
  return sum / static_cast<double>(metrics.values.size() / n);
}

TEST(WarmStartOfAdmission, IsNotWorseThanF1AfterOneIterationOfPpo) {
  const std::vector<std::string>& names = find_environment("admission").heuristics;
  const int f1 = static_cast<int>(std::find(names.begin(), names.end(), "f1") - names.begin());
  BatchOptions options;
  options.envs = 64;
  options.seed = 5;
  const auto batch = find_environment("admission").create(small_admission(), options);
  const std::unique_ptr<Algorithm> algorithm = make_algorithm("ppo");
  LearnerConfig& shared = algorithm->shared();
  set_number(*algorithm, "rollout", 64);
  set_number(*algorithm, "minibatch", 1024);
  set_number(*algorithm, "learning-rate", 2e-3);
  shared.total_steps = 100 * 64 * 64;
  shared.warm.heuristic = f1;
  shared.warm.share = 0.3;
  const auto trained = algorithm->make_trainer(*batch, kHost, {"pointer", {32, 32}, "relu"}, 9, 0);
  while (trained->warm_start()->stage == WarmStage::kImitation) trained->iterate();
  EXPECT_GE(trained->warm_start()->agreement, 0.99);
  trained->iterate();
  ASSERT_GT(stat(trained->stats(), "updates"), 0);

  // The same streams for both; the heuristic sees what the policy sees.
  constexpr int kEpisodes = 12;
  const auto rule = evaluation(kEpisodes), learned = evaluation(kEpisodes);
  rule->reset(kHost, {});
  while (!rule->all_ended(kHost)) rule->run_heuristic(kHost, f1, 64, nullptr, {});
  const auto policy = make_policy(trained->policy(0), Device{});
  const BatchShape& shape = learned->shape();
  std::vector<float> obs(static_cast<size_t>(kEpisodes) * shape.obs());
  std::vector<uint8_t> mask(static_cast<size_t>(kEpisodes) * shape.actions());
  std::vector<int32_t> action(kEpisodes);
  StepBuffers out;
  out.obs = obs.data();
  out.mask = mask.data();
  learned->reset(kHost, out);
  while (!learned->all_ended(kHost)) {
    policy->act(kHost, kEpisodes, obs.data(), mask.data(), action.data());
    learned->step(kHost, action.data(), out);
  }
  EXPECT_LE(mean_of(*learned, "bounded_slowdown"), 1.005 * mean_of(*rule, "bounded_slowdown"));
}

}  // namespace
}  // namespace cusched
