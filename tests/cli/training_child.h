// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/cli/cli_test_util.h"

// Trainings in processes of their own, for tests that send them signals.
namespace cusched::test {

// The words of a training small enough for a test: 16 environments, 16 steps an iteration, no looks
// at the policy, no search for a rule to start from, however long it would train.
inline std::vector<std::string> small_training(const std::string& out,
                                               const std::vector<std::string>& more = {}) {
  std::vector<std::string> words = {"train",
                                    "--envs",
                                    "16",
                                    "--rollout",
                                    "16",
                                    "--minibatch",
                                    "128",
                                    "--hidden",
                                    "8",
                                    "--seed",
                                    "5",
                                    "--device",
                                    "cpu",
                                    "--threads",
                                    "1",
                                    "--out",
                                    out,
                                    "--select-every",
                                    "0",
                                    "--verdict=false",
                                    "--warm-start",
                                    "none"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// The command as a program of its own: the one that was built, so that LibTorch's threads are its.
class Child {
 public:
  // `prepare` runs in the child before the program, e.g. to ignore a signal. stdout and stderr go
  // to the file `log`, unless stdout_fd names another place for stdout.
  Child(const std::vector<std::string>& words, const std::string& log, int stdout_fd = -1,
        const std::function<void()>& prepare = nullptr) {
    std::vector<std::string> all = {CUSCHED_BINARY_DIR "/cusched"};
    all.insert(all.end(), words.begin(), words.end());
    std::vector<char*> argv;
    for (std::string& word : all) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ != 0) return;
    const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ::dup2(stdout_fd >= 0 ? stdout_fd : file, STDOUT_FILENO);
    ::dup2(file, STDERR_FILENO);
    if (prepare) prepare();
    ::execv(argv[0], argv.data());
    ::_exit(99);
  }
  ~Child() {
    if (pid_ > 0) ::kill(pid_, SIGKILL), wait();
  }
  Child(const Child&) = delete;  // one process
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  void send(int signal) const { ::kill(pid_, signal); }
  bool runs() { return pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == 0; }
  // The exit code, or minus the signal that ended it.
  int wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
};

// Whether the condition comes true within a minute.
inline bool comes_true(const std::function<bool()>& condition) {
  for (int i = 0; i < 6000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

inline std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace cusched::test
