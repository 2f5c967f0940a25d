// SPDX-License-Identifier: MIT
#include <cstring>
#include <filesystem>

#include "agents/checkpoint.h"
#include "export/torchscript_policy.h"
#include "tests/cli/training_child.h"

// Whatever ends a training, what it learned is saved.
namespace cusched::test {
namespace {

namespace fs = std::filesystem;

class SignalsTest : public FolderTest {
 protected:
  // A run that ended early and left nothing half-written.
  void expect_saved() const {
    EXPECT_GT(read_checkpoint(at("run/checkpoint")).meta.iterations, 0);
    EXPECT_EQ(read_policy_schema(at("run/policy.pt")).environment, "admission");
    EXPECT_EQ(files_in(at("run")), (std::vector<std::string>{"checkpoint", "config.yaml", "events",
                                                             "metrics.csv", "policy.pt"}));
  }
  bool trains() const {
    return comes_true([&] { return fs::exists(at("run/metrics.csv")); });
  }
  std::vector<std::string> endless(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words =
        small_training(at("run"), {"--seconds", "1000", "--report-every", "0.05"});
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
};

TEST_F(SignalsTest, EachOneSavesWhatWasTrained) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU}) {
    SCOPED_TRACE(strsignal(signal));
    fs::remove_all(at("run"));
    Child child(endless(), at("log"));
    ASSERT_TRUE(trains()) << read("log");
    child.send(signal);
    EXPECT_EQ(child.wait(), kExitInterrupted) << read("log");
    EXPECT_TRUE(contains(read("log"), "interrupted: ")) << read("log");
    expect_saved();
  }
}

TEST_F(SignalsTest, OneThatIsIgnoredStaysIgnored) {
  Child child(endless(), at("log"), -1, [] { ::signal(SIGHUP, SIG_IGN); });  // nohup
  ASSERT_TRUE(trains()) << read("log");
  child.send(SIGHUP);
  const auto size = fs::file_size(at("run/metrics.csv"));
  EXPECT_TRUE(comes_true([&] { return fs::file_size(at("run/metrics.csv")) > size; }));
  EXPECT_TRUE(child.runs());
  child.send(SIGTERM);
  EXPECT_EQ(child.wait(), kExitInterrupted);
  expect_saved();
}

TEST_F(SignalsTest, TheLastChoiceEndsEarlyWithAPolicy) {
  // So many episodes that it would take minutes.
  std::vector<std::string> words =
      small_training(at("run"), {"--members", "2", "--steps", "256", "--select-episodes", "2000"});
  Child child(words, at("log"));
  ASSERT_TRUE(comes_true([&] { return fs::exists(at("run/checkpoint")); })) << read("log");
  child.send(SIGTERM);
  EXPECT_EQ(child.wait(), kExitInterrupted) << read("log");
  EXPECT_TRUE(contains(read("log"), "the choice among members was interrupted")) << read("log");
  expect_saved();
}

TEST_F(SignalsTest, SetUpLeavesNothing) {
  // A trace and a population that take their time.
  std::string jobs = "submit_s,run_s,cpu_milli,memory_mib\n";
  for (int i = 0; i < 20000; ++i) jobs += std::to_string(i * 30) + ",600,1000,512\n";
  write("jobs.csv", jobs);
  Child child(
      small_training(at("run"), {"--trace", at("jobs.csv"), "--nodes", "4x8c32g", "--length", "20",
                                 "--steps", "256000000", "--members", "256"}),
      at("log"));
  ASSERT_TRUE(comes_true([&] { return fs::exists(at("run/lock")); })) << read("log");
  child.send(SIGINT);
  EXPECT_EQ(child.wait(), kExitInterrupted) << read("log");
  if (fs::exists(at("run"))) {
    expect_saved();  // it had begun
  } else {
    EXPECT_TRUE(contains(read("log"), "cusched: interrupted")) << read("log");
  }
}

TEST_F(SignalsTest, AClosedPipeEndsTheTrainingWithWhatWasTrained) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  Child child(endless({"--json"}), at("log"), ends[1]);
  ::close(ends[1]);
  char first = 0;
  ASSERT_EQ(::read(ends[0], &first, 1), 1);  // as head -1
  EXPECT_EQ(first, '{');
  ::close(ends[0]);
  EXPECT_EQ(child.wait(), kExitFailure) << read("log");
  EXPECT_TRUE(contains(read("log"), "stdout cannot be written, so the training ended"))
      << read("log");
  expect_saved();
}

TEST_F(SignalsTest, AFullDeviceDoesTheSame) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  if (full < 0) GTEST_SKIP() << "no /dev/full";
  Child child(endless(), at("log"), full);
  ::close(full);
  EXPECT_EQ(child.wait(), kExitFailure) << read("log");
  EXPECT_TRUE(contains(read("log"), "stdout cannot be written")) << read("log");
  expect_saved();
}

TEST_F(SignalsTest, WithoutACheckpointThePolicyIsWritten) {
  Child child(endless({"--checkpoint-every", "0.05"}), at("log"));
  ASSERT_TRUE(comes_true([&] { return fs::exists(at("run/checkpoint")); })) << read("log");
  ASSERT_TRUE(comes_true([&] {  // a folder in the file's place
    std::error_code failed;
    fs::remove(at("run/checkpoint"), failed);
    return fs::create_directory(at("run/checkpoint"), failed);
  }));
  ASSERT_TRUE(comes_true([&] { return contains(read("log"), "the next try in 0.05 s"); }))
      << read("log");
  EXPECT_TRUE(child.runs());
  child.send(SIGTERM);
  EXPECT_EQ(child.wait(), kExitFailure) << read("log");
  const std::string log = read("log");
  EXPECT_TRUE(contains(log, "cusched: warning: checkpoint not written: ")) << log;
  EXPECT_EQ(log.find("checkpoint not written"), log.rfind("checkpoint not written")) << log;
  EXPECT_TRUE(contains(log, "\ncusched: " + at("run/checkpoint"))) << log;
  EXPECT_EQ(read_policy_schema(at("run/policy.pt")).environment, "admission");
}

TEST_F(SignalsTest, AnEvaluationEndsAtOnce) {
  Child child({"eval", "--baselines", "sjf", "--episodes", "2000", "--json", at("result.json")},
              at("log"));
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  child.send(SIGHUP);
  const int code = child.wait();
  EXPECT_TRUE(code == kExitInterrupted || code == -SIGHUP) << code << read("log");
  EXPECT_EQ(files_in(at("")), std::vector<std::string>{"log"});
}

}  // namespace
}  // namespace cusched::test
