// SPDX-License-Identifier: MIT
// What a preset sets is seen in --print-config, and what is printed is a configuration.
#include "cli/preset_values.h"

#include "tests/cli/cli_test_util.h"

namespace cusched {
namespace {

using test::contains;
using test::cusched_command;
using test::FolderTest;

TEST(PresetValues, ArePrintedAsCommentsWithWhoSaysSo) {
  const std::string text =
      cusched_command({"train", "--preset", "short-waits", "--steps", "1", "--print-config"}).out;
  EXPECT_TRUE(contains(text, "\n# slots: 32  # ")) << text;
  EXPECT_TRUE(contains(text, "(preset short-waits)\n")) << text;
  EXPECT_TRUE(contains(text, "\n# objective: slowdown  # ")) << text;
  EXPECT_TRUE(contains(text, "(objective slowdown)\n")) << text;  // of a reward
  EXPECT_TRUE(contains(text, "\nnetwork: pointer  # ")) << text;  // of the learner
  EXPECT_TRUE(contains(text, "\npreset: short-waits  # ")) << text;
}

TEST(PresetValues, AreNotPrintedOverWhatIsSet) {
  const std::string text = cusched_command({"train", "--preset", "short-waits", "--slots", "7",
                                            "--steps", "1", "--print-config"})
                               .out;
  EXPECT_TRUE(contains(text, "\nslots: 7  # ")) << text;
}

class PresetConfig : public FolderTest {};

TEST_F(PresetConfig, PrintedReadsBackTheSame) {
  const std::vector<std::string> words = {"train",   "--preset",      "short-waits", "--load",
                                          "0.7,0.9", "--members",     "2",           "--steps",
                                          "1",       "--print-config"};
  const std::string first = cusched_command(words).out;
  write("run.yaml", first);
  const test::Outcome second =
      cusched_command({"train", "--config", at("run.yaml"), "--print-config"});
  EXPECT_EQ(second.code, 0) << second.err;
  EXPECT_EQ(second.out, first);
}

TEST(PresetValues, PresetNamesItsObjectiveAndWinsOverItsSettings) {
  EnvEntry entry;
  entry.name = "toy";
  entry.reward_terms = {"wait_penalty", "other"};
  Objective wait;
  wait.name = "wait";
  wait.rewards = {{"wait_penalty", 2.0f}};
  wait.values = {{"idle", "false", ""}, {"slots", "9", ""}};
  Objective load = wait;
  load.name = "load";
  load.rewards = {{"other", 3.0f}};
  entry.objectives = {wait, load};
  Preset preset;
  preset.name = "p";
  preset.objective = "load";
  preset.values = {{"slots", "32", ""}};
  entry.presets = {preset};
  const auto last = [&](const std::string& objective, const std::string& option) {
    std::string text = "none";
    std::vector<EnvValue> given = {{"preset", "p", "--preset"}};
    if (!objective.empty()) given.push_back({"objective", objective, "--objective"});
    for (const PresetValue& value : preset_values(entry, given))
      if (value.option == option) text = value.value + ", " + value.by;
    return text;
  };
  EXPECT_EQ(last("", "objective"), "load, preset p");
  EXPECT_EQ(last("", "slots"), "32, preset p");
  EXPECT_EQ(last("", "idle"), "false, objective load");
  EXPECT_EQ(last("", "reward-other"), "3, objective load");
  EXPECT_EQ(last("", "reward-wait-penalty"), "0, objective load");
  EXPECT_EQ(last("wait", "reward-wait-penalty"), "2, objective wait");
}

}  // namespace
}  // namespace cusched
