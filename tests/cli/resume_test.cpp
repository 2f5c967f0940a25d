// SPDX-License-Identifier: MIT
#include <cstring>
#include <filesystem>

#include "agents/checkpoint.h"
#include "tests/cli/training_child.h"

// A training that goes on: with the data it began with, and without harm where it cannot.
namespace cusched::test {
namespace {

namespace fs = std::filesystem;

class ResumeTest : public FolderTest {
 protected:
  void write_jobs(const std::string& name, int count, int edited = -1) const {
    std::string csv = "submit_s,run_s,cpu_milli,memory_mib\n";
    for (int i = 0; i < count; ++i)
      csv += std::to_string(i * 30) + "," + std::to_string(i == edited ? 601 : 600) + ",1000,512\n";
    write(name, csv);
  }
  std::vector<std::string> on_trace(const std::string& steps) const {
    return small_training(at("run"), {"--quiet", "--trace", at("jobs.csv"), "--nodes", "2x4c16g",
                                      "--length", "20", "--steps", steps});
  }
  // Every file of the run and what is in it.
  std::vector<std::string> contents() const {
    std::vector<std::string> all;
    for (const std::string& name : files_in(at("run")))
      all.push_back(name + ": " + (fs::is_directory(at("run/" + name)) ? "" : read("run/" + name)));
    return all;
  }
  Outcome resume(std::vector<std::string> more) const {
    more.insert(more.begin(),
                {"train", "--resume", "--quiet", "--verdict=false", "--out", at("run")});
    return cusched_command(more);
  }
  void expect_refused(const std::vector<std::string>& more, const std::string& words) {
    const std::vector<std::string> before = contents();
    const Outcome o = resume(more);
    EXPECT_EQ(o.code, kExitBadInput) << o.err;
    EXPECT_TRUE(contains(o.err, words)) << words << "\nin: " << o.err;
    EXPECT_EQ(contents(), before) << words;
  }
};

TEST_F(ResumeTest, OtherDataIsRefusedByNameAndHarmsNothing) {
  write_jobs("jobs.csv", 60);
  ASSERT_EQ(cusched_command(on_trace("256")).code, 0);
  const std::vector<std::string> more = {"--steps", "512"};
  const auto with = [&](std::vector<std::string> words) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  write_jobs("jobs.csv", 50);
  expect_refused(more, "the trace jobs.csv has 50 jobs, the checkpoint was trained on 60 jobs");
  write_jobs("jobs.csv", 60, 17);
  expect_refused(more,
                 "the trace jobs.csv has 60 jobs, as what the checkpoint was trained on, but");
  write_jobs("jobs.csv", 60);
  expect_refused(with({"--nodes", "2x4c32g"}), "the cluster 2x4c32g has 2 nodes, as what");
  expect_refused(with({"--length", "19"}), "--length is 19, the checkpoint was trained with 20");
  expect_refused(with({"--hidden", "9"}), "--hidden is 9, the checkpoint was trained with 8");
  expect_refused(with({"--activation", "tanh"}), "--activation is tanh, the checkpoint");
  expect_refused(with({"--envs", "8"}), "\"envs\": is 16, but this run is set up with 8");
  // What does not make another state is told, and goes on.
  fs::rename(at("jobs.csv"), at("moved.csv"));
  const Outcome o =
      resume(with({"--trace", at("moved.csv"), "--gamma", "0.9", "--report-every", "9"}));
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_TRUE(contains(o.err, "note: --gamma is 0.9, the checkpoint was trained with")) << o.err;
  EXPECT_FALSE(contains(o.err, "report-every")) << o.err;
  EXPECT_EQ(read_checkpoint(at("run/checkpoint")).meta.steps, 512);
}

TEST_F(ResumeTest, NothingLeftToTrainIsSaid) {
  write_jobs("jobs.csv", 60);
  ASSERT_EQ(cusched_command(on_trace("512")).code, 0);
  expect_refused({"--steps", "256"},
                 "--steps: 256 steps are of the whole run, which has 512 steps already");
  expect_refused({"--steps", "256"}, "--steps 768 trains 256 steps more");
  Checkpoint trained = read_checkpoint(at("run/checkpoint"));
  trained.meta.seconds = 22.04;
  write_checkpoint(at("run/checkpoint"), trained);
  expect_refused({"--seconds", "10", "--steps", "9000"},
                 "--seconds: 10 s are of the whole run, which has 22 s already");
  expect_refused({"--seconds", "10", "--steps", "9000"}, "--seconds 33 trains 10 s more");
}

TEST_F(ResumeTest, AnotherEnvironmentIsRefusedByName) {
  write_jobs("jobs.csv", 60);
  ASSERT_EQ(cusched_command(on_trace("256")).code, 0);
  const Outcome o =
      cusched_command({"train", "--resume", "--out", at("run"), "--env", "placement"});
  EXPECT_EQ(o.code, kExitBadInput);
  EXPECT_TRUE(contains(o.err, "was made with --env admission, not placement")) << o.err;
}

TEST_F(ResumeTest, WhatIsMissingIsSaid) {
  Outcome o = cusched_command({"train", "--resume", "--steps", "9", "--out", at("none")});
  EXPECT_EQ(o.code, kExitBadInput);
  EXPECT_TRUE(contains(o.err, "none/checkpoint: does not exist, nor does its folder")) << o.err;
  EXPECT_FALSE(fs::exists(at("none")));
  fs::create_directories(at("run"));
  write("run/config.yaml", "steps: 9\n");
  expect_refused({}, "run/checkpoint: does not exist, so there is nothing to resume");
}

TEST_F(ResumeTest, ADamagedStateIsRefused) {
  write_jobs("jobs.csv", 60);
  ASSERT_EQ(cusched_command(on_trace("256")).code, 0);
  Checkpoint bad = read_checkpoint(at("run/checkpoint"));
  // [length][learner][length][environments]...
  uint64_t learner = 0;
  std::memcpy(&learner, bad.payload.data(), 8);
  std::fill_n(bad.payload.begin() + static_cast<int64_t>(16 + learner), 4000, uint8_t{0xff});
  write_checkpoint(at("run/checkpoint"), bad);
  expect_refused({"--steps", "512"}, "state of environment 0: field now is -1, not 0 to");
  const Outcome o = cusched_command({"export", at("run/checkpoint"), "--out", at("new.pt")});
  EXPECT_EQ(o.code, kExitBadInput);
  EXPECT_TRUE(contains(o.err, "field now is -1")) << o.err;
  EXPECT_FALSE(fs::exists(at("new.pt")));
}

TEST_F(ResumeTest, ExportRefusesOtherDataAndEvalTellsOfIt) {
  write_jobs("jobs.csv", 60);
  ASSERT_EQ(cusched_command(on_trace("256")).code, 0);
  const auto eval = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"eval", "--policy", at("run/policy.pt"), "--baselines", "none",
                               "--episodes", "1", "--device", "cpu"});
    return cusched_command(more);
  };
  Outcome o = eval({});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_FALSE(contains(o.err, "was trained on")) << o.err;
  write_jobs("jobs.csv", 50);
  o = eval({});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_TRUE(contains(o.err, "note: the trace jobs.csv has 50 jobs, ")) << o.err;
  EXPECT_TRUE(contains(o.err, "policy.pt was trained on 60 jobs")) << o.err;
  EXPECT_FALSE(contains(eval({"--trace", at("jobs.csv")}).err, "was trained on 60 jobs"));
  o = cusched_command({"export", at("run/checkpoint"), "--out", at("new.pt")});
  EXPECT_EQ(o.code, kExitBadInput);
  EXPECT_TRUE(contains(o.err, "the trace jobs.csv has 50 jobs, the checkpoint was")) << o.err;
  EXPECT_FALSE(fs::exists(at("new.pt")));
  write_jobs("jobs.csv", 60);
  EXPECT_EQ(cusched_command({"export", at("run/checkpoint"), "--out", at("new.pt")}).code, 0);
}

TEST_F(ResumeTest, ANewRunThatIsRefusedHarmsNothing) {
  write_jobs("jobs.csv", 60);
  ASSERT_EQ(cusched_command(on_trace("256")).code, 0);
  const std::vector<std::string> before = contents();
  for (const std::vector<std::string>& bad : {std::vector<std::string>{"--nodes", "0x4c4g"},
                                              {"--trace", at("no.csv")},
                                              {"--select-metric", "speed"},
                                              {"--network", "mlp", "--select-set", "slots=3"},
                                              {"--device", "tpu"}}) {
    std::vector<std::string> words = on_trace("512");
    words.insert(words.end(), bad.begin(), bad.end());
    EXPECT_EQ(cusched_command(words).code, kExitBadInput) << bad[0];
    EXPECT_EQ(contents(), before) << bad[0];
  }
}

TEST_F(ResumeTest, EarlierRunsAreKeptUnderNumbers) {
  write_jobs("jobs.csv", 60);
  std::vector<std::string> policies;
  for (const char* steps : {"256", "512", "768"}) {
    ASSERT_EQ(cusched_command(on_trace(steps)).code, 0);
    policies.push_back(read("run/policy.pt"));
  }
  EXPECT_EQ(read("run/previous-policy.pt"), policies[0]);
  EXPECT_EQ(read("run/previous-2-policy.pt"), policies[1]);
  EXPECT_EQ(read("run/policy.pt"), policies[2]);
  for (const char* name : {"checkpoint", "config.yaml", "metrics.csv"})
    EXPECT_TRUE(fs::exists(at(std::string("run/previous-2-") + name))) << name;
  EXPECT_TRUE(contains(read("run/previous-config.yaml"), "steps: 256"));
}

}  // namespace
}  // namespace cusched::test
