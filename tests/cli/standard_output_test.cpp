// SPDX-License-Identifier: MIT
#include "cli/standard_output.h"

#include <fcntl.h>
#include <sys/wait.h>

#include <cstdio>

#include "tests/cli/cli_test_util.h"

namespace cusched::test {
namespace {

// Runs a command in a process of its own, with standard output where `open_output` puts it; returns
// the exit code and fills *errors with what was printed on stderr.
class StandardOutput : public FolderTest {
 protected:
  template <class F>
  int run(const std::vector<const char*>& words, const F& open_output, std::string* errors) {
    const std::string path = at("errors");
    const pid_t child = ::fork();
    if (child == 0) {
      const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      ::dup2(file, STDERR_FILENO);
      ::close(file);
      open_output();
      ::_exit(run_command_line(all_commands(), static_cast<int>(words.size()), words.data()));
    }
    int status = -1;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    *errors = read("errors");
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  static void to_full() { ::dup2(::open("/dev/full", O_WRONLY), STDOUT_FILENO); }
  static void to_nothing() { ::close(STDOUT_FILENO); }
};

TEST_F(StandardOutput, WhatCannotBePrintedIsAFailure) {
  const std::vector<std::vector<const char*>> commands = {
      {"cusched", "version"},
      {"cusched", "version", "--json"},
      {"cusched", "--help"},
      {"cusched", "envs", "admission"},
      {"cusched", "workload", "skrueue-sim"},
      {"cusched", "train", "--steps", "1", "--print-config"}};
  for (const auto& words : commands) {
    SCOPED_TRACE(words.back());
    std::string errors;
    EXPECT_EQ(run(words, to_full, &errors), kExitFailure);
    EXPECT_TRUE(
        contains(errors, "cusched: cannot write to the standard output: No space left on device"))
        << errors;
    EXPECT_EQ(run(words, to_nothing, &errors), kExitFailure);
    EXPECT_TRUE(contains(errors, "cannot write to the standard output: Bad file descriptor"))
        << errors;
  }
}

// With standard output closed, the first file that is opened must not become it.
TEST_F(StandardOutput, AFileDoesNotTakeThePlaceOfAClosedOne) {
  const std::string json = at("v.json"), jobs = at("jobs.csv");
  std::string errors;
  EXPECT_EQ(run({"cusched", "version", "--json", json.c_str()}, to_nothing, &errors), kExitFailure);
  EXPECT_EQ(read("v.json").substr(0, 1), "{");
  EXPECT_FALSE(contains(read("v.json"), "cusched 0"));
  EXPECT_EQ(run({"cusched", "workload", "--jobs", "3", "--out", jobs.c_str()}, to_nothing, &errors),
            kExitFailure);
  EXPECT_EQ(read("jobs.csv").substr(0, 9), "submit_s,");
  EXPECT_EQ(count(read("jobs.csv"), "\n"), 4);
}

}  // namespace
}  // namespace cusched::test
