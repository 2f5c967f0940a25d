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
  EXPECT_EQ(option_form(*t.find("mode")), "--mode {a|b}");
  EXPECT_EQ(option_form(*t.find("out")), "--out FILE");
  EXPECT_EQ(option_form(*t.find("from")), "[FROM]");
}

}  // namespace
}  // namespace cusched
