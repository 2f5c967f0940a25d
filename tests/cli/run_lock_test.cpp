// SPDX-License-Identifier: MIT
#include "cli/run_lock.h"

#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "cuda/error.h"
#include "tests/cli/training_child.h"

// Two processes do not write one run.
namespace cusched::test {
namespace {

namespace fs = std::filesystem;

class RunLockTest : public FolderTest {
 protected:
  void SetUp() override {
    FolderTest::SetUp();
    fs::create_directories(at("run"));
  }
  // The message of the refusal, "" where the lock was got.
  std::string refusal() const {
    try {
      const RunLock lock(at("run"), "--out", "test");
      return "";
    } catch (const InputError& error) {
      return error.what();
    }
  }
  std::string held_by(int64_t pid, const std::string& host, uint64_t start = 1) const {
    return "{\"pid\": " + std::to_string(pid) + ", \"host\": \"" + host +
           "\", \"since\": \"2026-01-01 10:00:00\", \"command\": \"cusched train\", "
           "\"process_start\": " +
           std::to_string(start) + "}\n";
  }
  static std::string host() {
    char name[256] = "";
    ::gethostname(name, sizeof name - 1);
    return name;
  }
};

TEST_F(RunLockTest, IsHeldOnceAndGoesAway) {
  {
    const RunLock lock(at("run"), "--out", "test");
    EXPECT_TRUE(contains(read("run/lock"), std::to_string(::getpid())));
    EXPECT_TRUE(contains(refusal(), "in use by process " + std::to_string(::getpid())));
    EXPECT_TRUE(contains(read("run/lock"), std::to_string(::getpid())));
    // A child has no part in it.
    const pid_t child = ::fork();
    if (child == 0) {
      lock.~RunLock();
      ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);
    EXPECT_TRUE(fs::exists(at("run/lock")));
  }
  EXPECT_FALSE(fs::exists(at("run/lock")));
  EXPECT_EQ(refusal(), "");
}

TEST_F(RunLockTest, StaleOnesAreTakenOverAndOthersAreNot) {
  const pid_t gone = ::fork();
  if (gone == 0) ::_exit(0);
  ::waitpid(gone, nullptr, 0);
  write("run/lock", held_by(gone, host()));
  EXPECT_EQ(refusal(), "") << "its process is gone";
  write("run/lock", held_by(1, host(), 987654321));
  EXPECT_EQ(refusal(), "") << "another process has its number now";
  write("run/lock", "cut off {");
  EXPECT_EQ(refusal(), "");
  write("run/lock", held_by(77, "elsewhere"));
  const std::string message = refusal();
  EXPECT_TRUE(contains(message, "locked by process 77 on elsewhere since 2026-01-01 10:00:00"));
  EXPECT_TRUE(contains(message, "delete " + fs::canonical(at("run/lock")).string())) << message;
  EXPECT_EQ(read("run/lock"), held_by(77, "elsewhere"));
}

TEST_F(RunLockTest, ATrainingKeepsOthersOut) {
  Child first(small_training(at("run"), {"--seconds", "100"}), at("log"));
  ASSERT_TRUE(comes_true([&] { return fs::exists(at("run/metrics.csv")); })) << read("log");
  const Outcome o = cusched_command(small_training(at("run"), {"--steps", "256"}));
  EXPECT_EQ(o.code, kExitBadInput);
  EXPECT_TRUE(contains(o.err, "in use by process " + std::to_string(first.pid()) + " on " + host()))
      << o.err;
  first.send(SIGKILL);
  EXPECT_EQ(first.wait(), -SIGKILL);
  EXPECT_TRUE(fs::exists(at("run/lock"))) << "nobody took it away";
  // What the dead one left half-written goes, what a living one writes stays.
  write("run/.cusched." + std::to_string(first.pid()) + ".0.tmp", "half");
  const pid_t gone = ::fork();
  if (gone == 0) ::_exit(0);
  ::waitpid(gone, nullptr, 0);
  const std::string half = "run/checkpoint.tmp." + std::to_string(gone);
  const std::string mine = "run/checkpoint.tmp." + std::to_string(::getpid());
  write(half, "half");
  write("run/.cusched." + std::to_string(gone) + ".3.tmp", "half");
  write(mine, "half");
  EXPECT_EQ(cusched_command(small_training(at("run"), {"--steps", "256", "--quiet"})).code, 0);
  EXPECT_FALSE(fs::exists(at(half)));
  EXPECT_FALSE(fs::exists(at("run/.cusched." + std::to_string(gone) + ".3.tmp")));
  EXPECT_TRUE(fs::exists(at(mine)));
  EXPECT_FALSE(fs::exists(at("run/lock")));
}

TEST_F(RunLockTest, ExportWaitsForTheTrainingThatWritesThere) {
  ASSERT_EQ(cusched_command(small_training(at("run"), {"--steps", "256", "--quiet"})).code, 0);
  const RunLock lock(at("run"), "--out", "test");
  const Outcome o = cusched_command({"export", at("run/checkpoint")});
  EXPECT_EQ(o.code, kExitBadInput);
  EXPECT_TRUE(contains(o.err, "is in use by")) << o.err;
  EXPECT_EQ(cusched_command({"export", at("run/checkpoint"), "--out", at("x.pt")}).code, 0);
}

// A limit of the size of files stands for a disk that is full.
TEST_F(RunLockTest, AFullDiskIsNoFaultOfTheUser) {
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit none{0, before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &none), 0);
  std::string told;
  bool is_input = false;
  try {
    const RunLock lock(at("run"), "--out", "test");
  } catch (const Error& error) {
    told = error.what();
    is_input = dynamic_cast<const InputError*>(&error) != nullptr;
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_TRUE(contains(told, "--out: cannot write into")) << told;
  EXPECT_FALSE(is_input);
  EXPECT_FALSE(fs::exists(at("run/lock")));
}

TEST_F(RunLockTest, AnOutputDoesNotReplaceAFileOfARunThatGoesOn) {
  const RunLock lock(at("run"), "--out", "test");
  for (const char* name : {"metrics.csv", "checkpoint", "policy.pt", "config.yaml", "lock"}) {
    const Outcome o = cusched_command({"version", "--json", at("run/" + std::string(name))});
    EXPECT_EQ(o.code, kExitBadInput) << name;
    EXPECT_TRUE(contains(o.err, "is of a run that is in use by")) << o.err;
  }
  EXPECT_EQ(cusched_command({"version", "--json", at("run/mine.json")}).code, 0);
}

TEST_F(RunLockTest, AFolderThatCannotBeWrittenIsSaid) {
  write("file", "");
  for (const std::string& out : {at("file"), at("file/deeper"), std::string("/proc/none")}) {
    const Outcome o = cusched_command(small_training(out, {"--steps", "256"}));
    EXPECT_EQ(o.code, kExitBadInput) << out;
    EXPECT_TRUE(contains(o.err, "--out: cannot")) << o.err;
  }
}

}  // namespace
}  // namespace cusched::test
