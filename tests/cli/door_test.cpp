// SPDX-License-Identifier: MIT
#include <map>

#include "tests/cli/cli_test_util.h"
#include "tests/cli/door_files.h"

// What people give the command, and what it makes of it: one table to read. Each row runs one
// command line in a folder that holds door_files(), and asks for its exit code and for words in
// what it prints (stdout and stderr). Accidents that need more than one command (kills, two
// trainings in one folder, a disk that is full) have tests of their own, named in the comments.
namespace cusched::test {
namespace {

struct Row {
  const char* what;                 // the accident, in words
  const char* command;              // words; F/ stands for the folder
  int code;                         // exit code
  std::vector<const char*> says;    // all of these are printed
  std::vector<const char*> silent;  // and none of these
};

const std::vector<Row> kRows = {
    // --- 1 a trace that is not read ---------------------------------------------------------
    // --- 4 files that are cut -----------------------------------------------------------------
    // --- 5 partial executions -----------------------------------------------------------------
    // --- 6 jobs larger than the machine -------------------------------------------------------
    // --- 7 fractions in integer fields --------------------------------------------------------
    // --- 8 YAML that says two things ----------------------------------------------------------
    {"a key of a mix given twice", "workload --trace F/dup.yaml", 2, {"dup.yaml:3", "load"}, {}},
    // --- 10 misspelt columns ------------------------------------------------------------------
    // --- 11 options given twice ---------------------------------------------------------------
    // --- 12 devices, pipes and links ----------------------------------------------------------
    // --- 13 text that is not UTF-8 ------------------------------------------------------------
    // --- 14 pods that fit no node -------------------------------------------------------------
    // --- 17 gangs -----------------------------------------------------------------------------
    {"a gang of 128 pods",
     "eval --env admission --trace F/gang.csv --baselines fifo --episodes 1",
     0,
     {"gangs of up to 128 pods take 425984 bytes of each environment"},
     {"error"}},
    {"a gang of 1,025 pods",
     "workload --trace F/gang_toolarge.csv",
     2,
     {"gang_toolarge.csv:3", "pods", "1024"},
     {}},
    {"a gang that the empty cluster does not hold",
     "eval --env admission --trace F/gang_misfit.csv --baselines fifo --episodes 1",
     2,
     {"gang_misfit.csv:3", "256 x 2000 milli-CPU"},
     {}},
    {"a mix with gangs of 64", "workload --trace F/gangs.yaml", 0, {"largest gang   64 pods"}, {}},
    // --- 19 messages: tables ------------------------------------------------------------------
    // --- 19 messages: times, quantities, durations --------------------------------------------
    // --- 19 messages: configurations, policies, checkpoints -----------------------------------
    // --- import: kubectl ----------------------------------------------------------------------
    // --- import: sacct ------------------------------------------------------------------------
    // --- import: philly, helios, openb, swf ---------------------------------------------------
};

class Door : public FolderTest {
 protected:
  void SetUp() override {
    FolderTest::SetUp();
    for (const auto& [name, bytes] : door_files()) write(name, bytes);
  }

  std::vector<std::string> words_of(const std::string& command) const {
    std::vector<std::string> words;
    std::istringstream text(command);
    for (std::string word; text >> word;) {
      for (size_t i = word.find("F/"); i != std::string::npos; i = word.find("F/", i + 1))
        if (i == 0 || word[i - 1] == '=' || word[i - 1] == ',') word.replace(i, 2, at(""));
      words.push_back(word);
    }
    return words;
  }
};

TEST_F(Door, EachRowEndsAndSpeaksAsItShould) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(std::string(row.what) + ": cusched " + row.command);
    const Outcome outcome = cusched_command(words_of(row.command));
    const std::string text = outcome.out + outcome.err;
    EXPECT_EQ(outcome.code, row.code) << text;
    for (const char* part : row.says)
      EXPECT_TRUE(contains(text, part)) << part << "\nin:\n" << text;
    for (const char* part : row.silent)
      EXPECT_FALSE(contains(text, part)) << part << "\nin:\n" << text;
  }
}

}  // namespace
}  // namespace cusched::test
