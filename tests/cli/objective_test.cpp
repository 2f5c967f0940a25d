// SPDX-License-Identifier: MIT
// Objectives on the command line: what they set for a training, and what is stronger.
#include <algorithm>

#include "cli/iteration_size.h"
#include "cli/train_setup.h"
#include "cuda/error.h"
#include "tests/cli/training_child.h"

namespace cusched::test {
namespace {

// A training's setup as `words` (flag, value, ...) leave it.
struct Prepared {
  OptionTable table;
  TrainSetup setup;
  std::string note;

  Prepared(const std::string& algo, const std::vector<std::string>& words, int64_t steps = 0) {
    setup.declare(table, find_environment("admission"), algo);
    std::vector<Setting> given;
    for (size_t i = 0; i + 1 < words.size(); i += 2)
      given.push_back({&table.get(words[i], "test"), {words[i + 1]}, "--" + words[i]});
    setup.before_settings(table, given);
    for (const Setting& setting : given) setting.option->set(setting.words, setting.where);
    note = fit_iteration(table, steps);
    setup.validate(table);
  }
  std::string text(const std::string& option) const { return table.get(option, "test").words()[0]; }
  float weight(const std::string& term) const {
    const auto batch = setup.make_batch({});
    const auto& terms = batch->reward_terms();
    return batch->reward_weights()[static_cast<size_t>(std::find(terms.begin(), terms.end(), term) -
                                                       terms.begin())];
  }
};

TEST(Objectives, WeighTermsAndRewardFlagsWin) {
  const Prepared plain("ppo", {"envs", "2"});
  EXPECT_EQ(plain.weight("waiting"), 1.0f);
  EXPECT_EQ(plain.weight("slowdown"), 0.0f);
  const Prepared named("ppo", {"envs", "2", "objective", "slowdown", "reward-waiting", "0.25"});
  EXPECT_EQ(named.weight("waiting"), 0.25f);
  EXPECT_EQ(named.weight("slowdown"), 1.0f);
  EXPECT_EQ(named.weight("throughput"), 0.0f);
}

TEST(Iterations, AreSmallEnoughForTenOfThem) {
  for (const char* algo : {"ppo", "a2c", "dqn"}) {
    const Prepared open(algo, {});
    EXPECT_EQ(open.note, "") << algo;
    const int before = open.setup.envs;
    for (const int64_t steps : {1000, 20000, 100000}) {
      const Prepared fitted(algo, {}, steps);
      const int64_t iteration = int64_t{fitted.setup.envs} * std::stoll(fitted.text("rollout"));
      EXPECT_LE(iteration * kLeastIterations, steps) << algo << ' ' << steps;
      EXPECT_LE(fitted.setup.envs, before);
      EXPECT_GE(fitted.setup.envs, kLeastEnvs);
    }
  }
  // As small as they get.
  const Prepared least("ppo", {}, 1);
  EXPECT_EQ(least.setup.envs, kLeastEnvs);
  EXPECT_EQ(least.text("rollout"), std::to_string(kLeastRollout));
}

TEST(Iterations, KeepWhatTheUserSet) {
  const Prepared both("ppo", {"envs", "256", "rollout", "64"}, 20000);
  EXPECT_EQ(both.setup.envs, 256);
  EXPECT_EQ(both.text("rollout"), "64");
  EXPECT_EQ(both.note,
            "an iteration is 16,384 steps (--envs 256 x --rollout 64); 2 iterations will run, "
            "32,768 steps");
  const Prepared envs("ppo", {"envs", "50"}, 20000);
  EXPECT_EQ(envs.setup.envs, 50);
  EXPECT_EQ(envs.text("rollout"), "40");
  const Prepared rollout("ppo", {"rollout", "100"}, 20000);
  EXPECT_EQ(rollout.setup.envs, 20);
  // Recipes are the user's choice.
  EXPECT_EQ(Prepared("ppo", {"recipe", "sb3-ppo"}, 10000).text("rollout"), "2048");
}

class ObjectiveTest : public FolderTest {};

TEST_F(ObjectiveTest, OfAResumedRunStays) {
  const auto train = [&](std::vector<std::string> more) {
    return cusched_command(small_training(at("run"), std::move(more)));
  };
  ASSERT_EQ(train({"--quiet", "--steps", "256", "--objective", "slowdown"}).code, 0);
  const auto resume = [&](std::vector<std::string> more) {
    more.insert(more.begin(),
                {"train", "--resume", "--quiet", "--steps", "512", "--out", at("run")});
    return cusched_command(more);
  };
  const Outcome other = resume({"--objective", "wait"});
  EXPECT_EQ(other.code, kExitBadInput) << other.err;
  EXPECT_TRUE(contains(other.err, "objective")) << other.err;
  const Outcome weighed = resume({"--reward-waiting", "2"});
  EXPECT_EQ(weighed.code, 0) << weighed.err;
  EXPECT_TRUE(
      contains(weighed.err, "--reward-waiting is 2, the checkpoint was trained with not set"))
      << weighed.err;
}

}  // namespace
}  // namespace cusched::test
