// SPDX-License-Identifier: MIT
// Completion is tried in a real bash; scripts of shells that are not installed are skipped.
#include "cli/completion.h"

#include <algorithm>
#include <cstdio>

#include "tests/cli/cli_test_util.h"

namespace cusched {
namespace {

using test::contains;
using test::cusched_command;
using test::FolderTest;

// What a program prints, both streams.
std::string output_of(const std::string& command, int* code = nullptr) {
  std::string text;
  std::FILE* const pipe = ::popen((command + " 2>&1").c_str(), "r");
  char buffer[4096];
  for (size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, n);
  const int status = ::pclose(pipe);
  if (code != nullptr) *code = status;
  return text;
}

bool is_installed(const std::string& program) {
  return !output_of("command -v " + program).empty();
}

class Completion : public FolderTest {
 protected:
  // What bash offers for the words of a line, whose last one is being written.
  std::vector<std::string> offered(const std::vector<std::string>& words) {
    if (!std::filesystem::exists(at("cusched.bash"))) {
      EXPECT_EQ(cusched_command({"completion", "bash", "--out", at("cusched.bash")}).code, 0);
    }
    std::string script = "set -u\nsource " + at("cusched.bash") + "\ncomplete -p cusched\n";
    script += "cd " + at("") + "\nCOMP_WORDS=(cusched";
    for (const std::string& word : words) script += " '" + word + "'";
    script += ")\nCOMP_CWORD=" + std::to_string(words.size()) +
              "\nCOMPREPLY=()\n_cusched cusched\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
    write("try.bash", script);
    std::istringstream lines(output_of("bash " + at("try.bash")));
    std::vector<std::string> all;
    std::string line;
    std::getline(lines, line);
    EXPECT_EQ(line, "complete -F _cusched cusched");
    while (std::getline(lines, line)) all.push_back(line);
    std::sort(all.begin(), all.end());  // names of files come in no order
    return all;
  }
  static bool has(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  }
};

using Words = std::vector<std::string>;

TEST_F(Completion, BashOffersCommandsAndThoseOfAGroup) {
  const Words first = offered({""});
  for (const char* word : {"train", "eval", "bench", "explain", "--help"})
    EXPECT_TRUE(has(first, word)) << word;
  EXPECT_EQ(offered({"tr"}), Words{"train"});
  EXPECT_EQ(offered({"bench", "e"}), Words{"env"});
}

TEST_F(Completion, BashOffersTheOptionsOfTheCommand) {
  EXPECT_EQ(offered({"train", "--learning-r"}), Words{"--learning-rate"});
  EXPECT_TRUE(has(offered({"train", "--no-"}), "--no-normalise-obs"));
  EXPECT_EQ(offered({"version", "--learning"}), Words{""});
  // Of every environment and algorithm.
  EXPECT_EQ(offered({"train", "--sample-n"}), Words{"--sample-nodes"});
  EXPECT_EQ(offered({"train", "--replay-s"}), Words{"--replay-size"});
  EXPECT_EQ(offered({"bench", "env", "--wid"}), Words{"--width"});
}

TEST_F(Completion, BashOffersChoices) {
  EXPECT_EQ(offered({"train", "--algo", ""}), (Words{"a2c", "dqn", "ppo"}));
  EXPECT_EQ(offered({"train", "--algo", "p"}), Words{"ppo"});
  EXPECT_EQ(offered({"train", "--algo", "=", "p"}), Words{"ppo"});  // --algo=p as bash splits it
  EXPECT_TRUE(has(offered({"train", "--preset", ""}), "rlscheduler"));
  EXPECT_TRUE(has(offered({"train", "--preset", ""}), "openb"));
  EXPECT_TRUE(has(offered({"train", "--algo", "ppo", "--seed", "3", "--network", "p"}), "pointer"));
  EXPECT_TRUE(has(offered({"train", "--resume", "--o"}), "--out"));
}

TEST_F(Completion, BashGoesOnInAListBehindACommaAndABlank) {
  EXPECT_EQ(offered({"eval", "--baselines", "fifo,easy"}), Words{"fifo,easy-backfill"});
  EXPECT_EQ(offered({"eval", "--baselines", "fifo", "easy"}), Words{"easy-backfill"});
}

TEST_F(Completion, BashOffersFilesWhereAFileIsMeant) {
  write("jobs.swf", "x");
  write("jobs two.csv", "x");
  EXPECT_EQ(offered({"train", "--trace", "jo"}), (Words{"jobs two.csv", "jobs.swf"}));
  EXPECT_EQ(offered({"export", "jobs.s"}), Words{"jobs.swf"});
  EXPECT_EQ(offered({"train", "--seed", "jo"}), Words{""});
}

TEST_F(Completion, BashOffersWhatStandsWithoutAnOption) {
  EXPECT_TRUE(has(offered({"explain", ""}), "heuristic"));
  EXPECT_EQ(offered({"explain", "heuristic", "easy"}), Words{"easy-backfill"});
  EXPECT_EQ(offered({"completion", "z"}), Words{"zsh"});
  EXPECT_EQ(offered({"envs", "pla"}), Words{"placement"});
}

TEST_F(Completion, ZshAndFishReadTheirScripts) {
  int tried = 0;
  for (const std::string shell : {"zsh", "fish"}) {
    if (!is_installed(shell)) continue;
    ++tried;
    ASSERT_EQ(cusched_command({"completion", shell, "--out", at(shell)}).code, 0);
    int code = 0;
    const std::string said = output_of(shell + " -n " + at(shell), &code);
    EXPECT_EQ(code, 0) << said;
    EXPECT_EQ(said, "");
  }
  if (tried == 0) GTEST_SKIP() << "neither zsh nor fish is installed";
}

TEST_F(Completion, ManualPageIsCleanRoffWithEveryOption) {
  ASSERT_EQ(cusched_command({"completion", "man", "--out", at("cusched.1")}).code, 0);
  const std::string page = read("cusched.1");
  for (const auto& command : all_commands())
    EXPECT_TRUE(contains(page, ".SS \"cusched " + command->name() + "\"")) << command->name();
  EXPECT_TRUE(contains(page, "\\-\\-learning\\-rate REAL,..."));
  EXPECT_TRUE(contains(page, "ENVIRONMENT PLACEMENT"));
  if (!is_installed("groff")) GTEST_SKIP() << "groff is not installed";
  int code = 0;
  EXPECT_EQ(output_of("groff -man -Tascii -ww -z -rLL=78n " + at("cusched.1"), &code), "");
  EXPECT_EQ(code, 0);
}

TEST_F(Completion, RefusesAKindThatIsNone) {
  EXPECT_EQ(cusched_command({"completion"}).code, kExitBadInput);
  EXPECT_EQ(cusched_command({"completion", "tcsh"}).code, kExitBadInput);
}

// Every environment's options are there, once for each name.
TEST_F(Completion, TableHasEveryCommandAndNoOptionTwice) {
  const auto table = completion_table();
  ASSERT_EQ(table.size(), all_commands().size());
  for (const CompletedCommand& command : table) {
    std::vector<std::string> names;
    for (const CompletedOption& option : options_by_name(command)) names.push_back(option.name);
    std::sort(names.begin(), names.end());
    EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end()) << command.name;
  }
}

}  // namespace
}  // namespace cusched
