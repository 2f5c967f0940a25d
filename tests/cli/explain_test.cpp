// SPDX-License-Identifier: MIT
#include "cli/explain.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "envs/registry.h"
#include "tests/cli/cli_test_util.h"

namespace cusched {
namespace {

using test::contains;
using test::cusched_command;
using test::Outcome;

const std::vector<std::string>& no_words() {
  static const std::vector<std::string> none;
  return none;
}

TEST(Explain, EverythingWithANameHasAText) {
  std::vector<std::string> kinds;
  for (const Explanation& one : all_explanations()) {
    EXPECT_FALSE(one.text.empty()) << one.kind << " " << one.name << " of " << one.environment;
    EXPECT_NE(one.name, "");
    kinds.push_back(one.kind);
  }
  for (const std::string& kind : explanation_kinds())
    if (kind != "objective") {
      EXPECT_NE(std::count(kinds.begin(), kinds.end(), kind), 0) << kind;
    }
}

TEST(Explain, TellsARuleWithSourceAndOtherName) {
  const Outcome o = cusched_command({"explain", "heuristic", "fcfs"});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_TRUE(contains(o.out, "heuristic fcfs of admission")) << o.out;
  EXPECT_TRUE(contains(o.out, "source: RLScheduler")) << o.out;
  EXPECT_TRUE(contains(o.out, "see: fifo-skip")) << o.out;
  EXPECT_TRUE(contains(cusched_command({"explain", "fifo-skip"}).out, "see: fcfs"));
}

TEST(Explain, TellsWhatAPresetSets) {
  const Outcome o = cusched_command({"explain", "preset", "short-waits"});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_TRUE(contains(o.out, "--idle false (preset short-waits)")) << o.out;
  EXPECT_EQ(test::count(o.out, "--idle "), 1) << o.out;
  EXPECT_TRUE(contains(o.out, "(objective slowdown)")) << o.out;
  EXPECT_TRUE(contains(o.out, "--network pointer (with --algo ppo)")) << o.out;
}

TEST(Explain, PresetDefaultIsWhatCountsWithoutAName) {
  const Outcome o = cusched_command({"explain", "preset", "default"});
  EXPECT_TRUE(contains(o.out, "what counts where no preset is named")) << o.out;
  EXPECT_TRUE(contains(o.out, "--network pointer (with --algo ppo)")) << o.out;
}

TEST(Explain, KnowsEveryWordOfFeatures) {
  int words = 0;
  for (const EnvEntry* entry : all_environments())
    for (const EnvOption& option : entry->options)
      for (const std::string& word : option.name == "features" ? option.words : no_words()) {
        const Outcome o = cusched_command({"explain", "feature", word, "--env", entry->name});
        EXPECT_EQ(o.code, 0) << word << ": " << o.err;
        EXPECT_TRUE(contains(o.out, "option: --features " + word + "\n")) << o.out;
        EXPECT_FALSE(contains(o.out, "also sees \n")) << o.out;
        ++words;
      }
  EXPECT_EQ(words, 13);
}

TEST(Explain, OptionTellsWhatPresetsMakeOfIt) {
  std::string text;
  for (const Explanation& one : all_explanations())
    if (one.kind == "option" && one.name == "network" && one.facts[1].second == "train")
      text = one.text;
  EXPECT_TRUE(contains(text, "default: mlp; preset default: pointer with admission ")) << text;
  EXPECT_TRUE(contains(text, "placement ppo")) << text;
  EXPECT_FALSE(contains(text, "placement a2c")) << text;  // plain layers
}

TEST(Explain, ListsAnOptionOnceWithItsCommands) {
  const std::string all = "\n" + cusched_command({"explain", "option"}).out;
  EXPECT_EQ(test::count(all, "\n  json: "), 1) << all;
  EXPECT_TRUE(contains(all, "\n  checkpoint-every: train\n")) << all;
  EXPECT_TRUE(contains(all, "\noption of admission:\n")) << all;
  const std::string bare = cusched_command({"explain"}).out;
  EXPECT_FALSE(contains(bare, "checkpoint-every")) << bare;
  EXPECT_TRUE(contains(bare, "cusched explain option NAME")) << bare;
}

TEST(Explain, TellsOfAMetricItsUnitAndDirection) {
  const auto json =
      nlohmann::json::parse(cusched_command({"explain", "bounded_slowdown", "--json"}).out);
  ASSERT_EQ(json.size(), 1u);
  EXPECT_EQ(json[0]["kind"], "metric");
  EXPECT_FALSE(json[0].contains("unit"));
  EXPECT_EQ(json[0]["better"], "lower");
}

TEST(Explain, TakesAnOptionAsItIsWritten) {
  for (const char* name : {"--learning-rate", "learning_rate", "learning-rate"}) {
    const Outcome o = cusched_command({"explain", "option", name[0] == '-' ? name + 2 : name});
    EXPECT_EQ(o.code, 0) << o.err;
    EXPECT_TRUE(contains(o.out, "written: --learning-rate REAL,...")) << o.out;
    EXPECT_TRUE(contains(o.out, "train")) << o.out;
  }
}

TEST(Explain, ListsTheNamesOfAKind) {
  const Outcome o = cusched_command({"explain", "heuristic"});
  EXPECT_TRUE(contains(o.out, "heuristic of admission:")) << o.out;
  EXPECT_TRUE(contains(o.out, "easy-backfill"));
  EXPECT_TRUE(contains(o.out, "heuristic of placement:"));
  const Outcome one = cusched_command({"explain", "heuristic", "--env", "placement"});
  EXPECT_FALSE(contains(one.out, "easy-backfill")) << one.out;
  EXPECT_TRUE(contains(cusched_command({"explain"}).out, "feature of admission:"));
}

TEST(Explain, RefusesWhatIsNotThereWithTheClosestName) {
  const Outcome name = cusched_command({"explain", "heuristic", "fcsf"});
  EXPECT_EQ(name.code, kExitBadInput);
  EXPECT_TRUE(contains(name.err, "Did you mean 'fcfs'?")) << name.err;
  const Outcome kind = cusched_command({"explain", "rule", "fcfs"});
  EXPECT_EQ(kind.code, kExitBadInput);
  EXPECT_TRUE(contains(kind.err, "'rule' is no kind of thing")) << kind.err;
}

}  // namespace
}  // namespace cusched
