// SPDX-License-Identifier: MIT
#include <filesystem>

#include "tests/cli/cli_test_util.h"

// What a command reads or writes is not replaced by another of its outputs.
namespace cusched::test {
namespace {

namespace fs = std::filesystem;

class SharedFiles : public FolderTest {
 protected:
  static constexpr const char* kJobs =
      "submit_s,run_s,cpu_milli,memory_mib\n0,100,1000,100\n10,100,1000,100\n";
  void SetUp() override {
    FolderTest::SetUp();
    write("t.csv", kJobs);
  }
  Outcome jobs_to(const std::string& out) const {
    return cusched_command({"workload", "--trace", at("t.csv"), "--jobs", "1", "--out", out});
  }
  static void expect_refused(const Outcome& o, const std::string& option) {
    EXPECT_EQ(o.code, kExitBadInput);
    EXPECT_TRUE(contains(o.err, option + ": ")) << o.err;
    EXPECT_TRUE(contains(o.err, "is the same file as")) << o.err;
  }
};

TEST_F(SharedFiles, ATraceIsNotReplacedHoweverItIsSpelt) {
  fs::create_symlink("t.csv", at("link"));
  fs::create_hard_link(at("t.csv"), at("hard"));
  for (const char* name : {"t.csv", "./t.csv", "link", "hard", "none/../t.csv"}) {
    SCOPED_TRACE(name);
    expect_refused(jobs_to(at(name)), "--out");
  }
  EXPECT_EQ(read("t.csv"), kJobs);
  EXPECT_FALSE(fs::exists(at("none")));
  EXPECT_EQ(jobs_to(at("other.csv")).code, 0);
}

TEST_F(SharedFiles, ACheckpointAndAPolicyAreNotReplaced) {
  write("checkpoint", "x");
  write("policy.pt", "y");
  expect_refused(cusched_command({"export", at("checkpoint"), "--out", at("checkpoint")}), "--out");
  expect_refused(cusched_command({"export", at("checkpoint"), "--json", at("policy.pt")}),
                 "--json");
  expect_refused(
      cusched_command({"export", "--describe", at("policy.pt"), "--json", at("policy.pt")}),
      "--json");
  expect_refused(
      cusched_command({"train", "--steps", "1", "--out", at(""), "--json", at("policy.pt")}),
      "--json");
  EXPECT_EQ(read("checkpoint"), "x");
  EXPECT_EQ(read("policy.pt"), "y");
}

TEST_F(SharedFiles, WhatATrainingReadsIsNoFileThatItWrites) {
  fs::create_directory(at("run"));
  const std::string config = "envs: 4  # few\n";
  write("run/metrics.csv", kJobs);
  write("run/config.yaml", config);
  const auto train = [&](const char* option, const char* file) {
    return cusched_command({"train", "--steps", "1", "--out", at("run"), option, at(file)});
  };
  for (const auto& [option, file] :
       {std::pair{"--trace", "run/metrics.csv"}, {"--config", "run/config.yaml"}}) {
    const Outcome o = train(option, file);
    EXPECT_EQ(o.code, kExitBadInput) << o.err;
    EXPECT_TRUE(contains(o.err, "is a file that --out writes")) << o.err;
  }
  EXPECT_EQ(read("run/metrics.csv"), kJobs);
  EXPECT_EQ(read("run/config.yaml"), config);
}

TEST_F(SharedFiles, TwoOutputsAreTwoFilesUnlessTheyAreDevices) {
  const auto outputs = [&](const std::string& json, const std::string& report) {
    return cusched_command({"eval", "--trace", at("t.csv"), "--baselines", "fifo", "--episodes",
                            "1", "--json", json, "--report", report});
  };
  expect_refused(outputs(at("same"), at("none/../same")), "--report");
  EXPECT_EQ(outputs("/dev/null", "/dev/null").code, 0);
}

TEST_F(SharedFiles, ALinkIntoAFolderThatIsMissingIsFoundBeforeTheWork) {
  fs::create_symlink(at("none/d.json"), at("d.json"));
  const Outcome o = cusched_command({"eval", "--trace", at("t.csv"), "--baselines", "fifo",
                                     "--episodes", "1", "--json", at("d.json")});
  EXPECT_EQ(o.code, kExitBadInput);
  EXPECT_TRUE(contains(o.err, "d.json: cannot be written")) << o.err;
  EXPECT_EQ(o.out, "");
}

}  // namespace
}  // namespace cusched::test
