// SPDX-License-Identifier: MIT
#include <algorithm>

#include "agents/algorithm.h"
#include "cli/help_text.h"
#include "envs/registry.h"
#include "tests/cli/cli_test_util.h"

namespace cusched {
namespace {

using test::contains;
using test::cusched_command;

void expect_narrow(const std::string& text, const std::string& what) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    EXPECT_LE(line.size(), static_cast<size_t>(kHelpColumns)) << what << ": " << line;
}

TEST(Help, OfEveryCommandWithEveryEnvironmentAndAlgorithmFitsInItsColumns) {
  expect_narrow(cusched_command({"--help"}).out, "cusched");
  expect_narrow(cusched_command({"bench", "--help"}).out, "bench");
  int shown = 0;
  for (const auto& command : all_commands()) {
    std::vector<std::string> words;
    std::istringstream names(command->name());
    for (std::string word; names >> word;) words.push_back(word);
    for (const EnvEntry* entry : all_environments()) {
      for (const auto& algorithm : all_algorithms()) {
        std::vector<std::string> all = words;
        const bool is_bench = command->name().rfind("bench", 0) == 0;
        if (command->name() == "train" || command->name() == "bench train")
          all.insert(all.end(), {"--algo", algorithm->name()});
        if (command->name() == "train" || command->name() == "eval" || is_bench)
          all.insert(all.end(), {"--env", entry->name});
        all.push_back("--help");
        const test::Outcome o = cusched_command(all);
        ASSERT_EQ(o.code, 0) << command->name() << ": " << o.err;
        expect_narrow(o.out, command->name() + " " + entry->name + " " + algorithm->name());
        EXPECT_TRUE(contains(o.out, "Usage: cusched " + command->name())) << o.out;
        ++shown;
      }
    }
  }
  EXPECT_GT(shown, 10);
}

TEST(Help, ShowsSwitchesPlainlyAndTypesAsTheyAre) {
  const std::string train = cusched_command({"train", "--help"}).out;
  EXPECT_TRUE(contains(train, "--normalise-obs, --no-normalise-obs\n")) << train;
  EXPECT_FALSE(contains(train, "{false}"));
  EXPECT_TRUE(contains(train, "--seconds TIME ")) << train;
  EXPECT_TRUE(contains(train, "--hidden INT,...")) << train;
  EXPECT_TRUE(contains(train, "--json [FILE]")) << train;
  EXPECT_TRUE(contains(train, "--idle BOOL ")) << train;
  EXPECT_TRUE(contains(train, "--tick-s TIME,...")) << train;
  EXPECT_TRUE(contains(train, "TIME is in seconds, or 90s")) << train;
  EXPECT_TRUE(contains(cusched_command({"eval", "--help"}).out, "--limited, --no-limited"));
}

std::string line_of(const std::string& help, const std::string& flag) {
  std::string words;  // of the option's entry, whose lines are joined
  std::istringstream lines(help.substr(help.find("\n  " + flag + " ") + 1));
  for (std::string line; std::getline(lines, line);) {
    if (!words.empty() && line.rfind("   ", 0) != 0) break;
    std::istringstream each(line);
    for (std::string word; each >> word;) words += (words.empty() ? "" : " ") + word;
  }
  return words;
}

void expect_default(const std::string& help, const std::string& flag, const std::string& counts) {
  EXPECT_TRUE(contains(line_of(help, flag), "(" + counts + ")"))
      << flag << ": " << counts << ", but: " << line_of(help, flag);
}

TEST(Help, TellsOfTrainWhatCountsWithoutAWord) {
  const std::string help = cusched_command({"train", "--help"}).out;
  expect_default(help, "--network", "default: mlp; preset default: pointer");
  expect_default(help, "--envs", "default: 1024; preset default: 256");
  expect_default(help, "--rollout", "default: 128; preset default: 64");
  expect_default(help, "--learning-rate", "default: 3e-04; preset default: 0.001");
  expect_default(help, "--minibatch", "default: 16384; preset default: 2048");
  expect_default(help, "--epochs", "default: 4; preset default: 2");
  expect_default(help, "--idle", "default: true; objective wait: false");
  expect_default(help, "--seed", "default: 1");
}

TEST(Help, RespectsPresetAlgorithmAndNetworkOfTheSameCommandLine) {
  const std::string skrueue = cusched_command({"train", "--preset", "skrueue", "--help"}).out;
  expect_default(skrueue, "--network", "default: mlp");
  expect_default(skrueue, "--slots", "default: 32; preset skrueue: 10");
  const std::string a2c = cusched_command({"train", "--algo", "a2c", "--help"}).out;
  expect_default(a2c, "--learning-rate", "default: 0.001; preset default: 0.003");
  const std::string mlp = cusched_command({"train", "--network", "mlp", "--help"}).out;
  expect_default(mlp, "--hidden", "default: 64,64; preset default: 128");
  const std::string recipe =
      cusched_command({"train", "--algo", "dqn", "--recipe", "skrueue-dqn", "--help"}).out;
  EXPECT_TRUE(contains(line_of(recipe, "--learning-rate"), "recipe skrueue-dqn: ")) << recipe;
}

TEST(Help, IsShownWhereAnOptionIsWrong) {
  const test::Outcome o = cusched_command({"train", "--preset", "none-such", "--help"});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_TRUE(contains(o.out, "Usage: cusched train"));
}

TEST(Help, IsAWordToo) {
  EXPECT_EQ(cusched_command({"help"}).out, cusched_command({"--help"}).out);
  EXPECT_EQ(cusched_command({"help"}).code, 0);
  EXPECT_EQ(cusched_command({"help", "train"}).out, cusched_command({"train", "--help"}).out);
  const test::Outcome env = cusched_command({"help", "bench", "env"});
  EXPECT_EQ(env.code, 0) << env.err;
  EXPECT_TRUE(contains(env.out, "Usage: cusched bench env")) << env.out;
  EXPECT_TRUE(contains(cusched_command({"help", "bench"}).out, "bench train"));
  const test::Outcome other = cusched_command({"help", "trian"});
  EXPECT_EQ(other.code, kExitBadInput);
  EXPECT_TRUE(contains(other.err, "Did you mean 'cusched train'?")) << other.err;
  const test::Outcome strange = cusched_command({"help", "qqqqqqqqqq"});
  EXPECT_EQ(strange.code, kExitBadInput);
  EXPECT_TRUE(contains(strange.err, "'cusched --help' lists the commands")) << strange.err;
}

// Options of one heading stand together, also where other headings came between.
TEST(Help, HasEachHeadingOnce) {
  const std::string train = "\n" + cusched_command({"train", "--help"}).out;
  for (const char* heading : {"\nRun:\n", "\nNetwork:\n", "\nEnvironment admission:\n"})
    EXPECT_EQ(test::count(train, heading), 1) << heading;
}

TEST(Help, WrapsWordsUnderTheirColumn) {
  EXPECT_EQ(wrapped_lines("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrapped_lines("one two three", 8), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrapped_lines("longer-than-that a", 6),
            (std::vector<std::string>{"longer-than-that", "a"}));
  EXPECT_EQ(wrapped_lines("a\nb", 80), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(wrapped_lines("", 80), std::vector<std::string>{});
}

TEST(Help, WritesFormAndMeaningOfAnOption) {
  double seconds = 5;
  bool on = true;
  std::string file, mode = "a";
  std::vector<int> widths = {64, 64};
  OptionTable t;
  t.add("seconds", &seconds, "how long").unit("s");
  t.add("limited", &on, "too");
  t.add("widths", &widths, "of layers").unit("neurons");
  t.add("mode", &mode, "how").choices({"a", "b"});
  t.add("out", &file, "where").output();
  t.add("from", &file, "what").positional().input();
  EXPECT_EQ(option_form(*t.find("seconds")), "--seconds TIME");
  EXPECT_EQ(option_meaning(*t.find("seconds")), "how long [s] (default: 5)");
  EXPECT_EQ(option_form(*t.find("limited")), "--limited, --no-limited");
  EXPECT_EQ(option_form(*t.find("widths")), "--widths INT,...");
  EXPECT_EQ(option_meaning(*t.find("widths")), "of layers [neurons] (default: 64,64)");
  t.find("widths")->prefer({"32", "16"}, "preset small");
  EXPECT_EQ(option_meaning(*t.find("widths")),
            "of layers [neurons] (default: 64,64; preset small: 32,16)");
  EXPECT_FALSE(is_changed(*t.find("widths")));
  t.find("out")->prefer({"here"}, "preset small");
  EXPECT_EQ(option_meaning(*t.find("out")), "where (preset small: here)");
  EXPECT_EQ(option_form(*t.find("mode")), "--mode {a|b}");
  EXPECT_EQ(option_form(*t.find("out")), "--out FILE");
  EXPECT_EQ(option_form(*t.find("from")), "[FROM]");
}

}  // namespace
}  // namespace cusched
