// SPDX-License-Identifier: MIT
#include "cli/learner_options.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "cli/early_words.h"
#include "cli/train_setup.h"
#include "cuda/error.h"

namespace cusched {
namespace {

// A setup of `algo` as `--recipe NAME` and `more` leave it.
struct Prepared {
  OptionTable table;
  TrainSetup setup;

  Prepared(const std::string& algo, const std::string& recipe, std::vector<Setting> more = {}) {
    setup.declare(table, *all_environments().front(), algo);
    for (Setting& setting : more) setting.option = table.find(setting.where);
    if (!recipe.empty()) more.push_back({table.find("recipe"), {recipe}, "recipe"});
    setup.before_settings(table, more);
    for (const Setting& setting : more) setting.option->set(setting.words, setting.where);
    setup.validate(table);
  }
};

TEST(Recipes, SetOptionsThatExistToValuesThatAreAllowed) {
  std::set<std::string> names;
  for (const auto& algorithm : all_algorithms())
    for (const Recipe& recipe : algorithm->recipes()) {
      const Prepared prepared(algorithm->name(), recipe.name);
      EXPECT_EQ(prepared.setup.envs, 1) << recipe.name;
      EXPECT_FALSE(prepared.setup.learner.algorithm->shared().normalise_obs) << recipe.name;
      EXPECT_TRUE(names.insert(recipe.name).second) << recipe.name << " exists twice";
    }
  for (const char* name : {"sb3-ppo", "sb3-a2c", "skrueue-ppo", "skrueue-a2c"})
    EXPECT_EQ(names.count(name), 1u) << name;
}

TEST(Recipes, LaterValuesCountAndWhatTheUserSetWins) {
  const Prepared own("a2c", "skrueue-a2c", {{nullptr, {"32"}, "rollout"}});
  const LearnerConfig& config = own.setup.learner.algorithm->shared();
  EXPECT_EQ(config.rollout_steps, 32);
  EXPECT_EQ(config.optimiser, "rmsprop");
  EXPECT_EQ(config.schedule, "constant");
  EXPECT_EQ(own.setup.learner.network.hidden, (std::vector<int>{256, 256, 128}));
  EXPECT_EQ(Prepared("a2c", "skrueue-a2c").setup.learner.algorithm->shared().rollout_steps, 8);
}

TEST(Recipes, BelongToOneAlgorithm) {
  EXPECT_THROW(Prepared("ppo", "sb3-a2c"), InputError);
  EXPECT_EQ(algorithm_of({"train", "--recipe", "sb3-a2c"}), "a2c");
  EXPECT_EQ(algorithm_of({"train", "--recipe=skrueue-ppo"}), "ppo");
  EXPECT_EQ(algorithm_of({"train"}), "ppo");
  EXPECT_THROW(algorithm_of({"train", "--algo", "sarsa"}), InputError);
}

TEST(Recipes, AMinibatchLargerThanTheRolloutIsRefusedOnlyWhereItWasAskedFor) {
  EXPECT_NO_THROW(Prepared("ppo", "", {{nullptr, {"16"}, "envs"}}));
  EXPECT_THROW(Prepared("ppo", "", {{nullptr, {"16"}, "envs"}, {nullptr, {"4096"}, "minibatch"}}),
               InputError);
}

TEST(EarlyWords, AreReadFromFlagsThenTheFile) {
  const std::string text = "# algo: dqn\nenvs: 4\nalgo: 'a2c'  # a comment\n";
  EXPECT_EQ(yaml_word(text, "algo"), "a2c");
  EXPECT_EQ(yaml_word(text, "recipe"), "");
  const auto folder =
      std::filesystem::temp_directory_path() / ("cusched_words_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "config.yaml") << text;
  const std::string out = folder.string(), file = out + "/config.yaml";
  EXPECT_EQ(early_word({"train", "--config", file}, "algo"), "a2c");
  EXPECT_EQ(early_word({"train", "--config", file, "--algo=ppo"}, "algo"), "ppo");
  EXPECT_EQ(early_word({"train", "--resume", "--out", out}, "algo"), "a2c");
  EXPECT_EQ(early_word({"train", "--out", out}, "algo"), "");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace cusched
