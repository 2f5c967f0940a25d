// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "cli/command.h"

// What tests of the command line share: running it, and asking of text what is in it.
namespace cusched::test {

// How a command ended and what it printed.
struct Outcome {
  int code = 0;
  std::string out, err;
};

inline Outcome run_words(const std::vector<std::unique_ptr<Command>>& commands,
                         const std::vector<std::string>& words) {
  std::vector<const char*> argv = {"cusched"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  Outcome outcome;
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  outcome.code = run_command_line(commands, static_cast<int>(argv.size()), argv.data());
  outcome.out = testing::internal::GetCapturedStdout();
  outcome.err = testing::internal::GetCapturedStderr();
  return outcome;
}
inline Outcome cusched_command(const std::vector<std::string>& words) {
  return run_words(all_commands(), words);
}

// A test with a folder of its own: ctest runs the tests of a program side by side.
class FolderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "cusched_cli_" + std::to_string(::getpid());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string at(const std::string& name) const { return folder_ + "/" + name; }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(at(name)) << text;
  }
  std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(at(name)).rdbuf();
    return text.str();
  }

 private:
  std::string folder_;
};

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline int count(const std::string& text, const std::string& part) {
  int n = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

// Every element that is opened is closed, in order; enough of a parser for what we write.
inline std::string first_unbalanced(const std::string& markup) {
  std::vector<std::string> open;
  for (size_t at = markup.find('<'); at != std::string::npos; at = markup.find('<', at + 1)) {
    const size_t end = markup.find('>', at);
    const std::string tag = markup.substr(at + 1, end - at - 1);
    if (tag[0] == '!' || tag.back() == '/') continue;
    const std::string name =
        tag.substr(tag[0] == '/', tag.find_first_of(" >", 1) - (tag[0] == '/'));
    if (name == "meta" || name == "br") continue;
    if (tag[0] != '/') {
      open.push_back(name);
    } else if (open.empty() || open.back() != name) {
      return tag + " closes " + (open.empty() ? "nothing" : open.back());
    } else {
      open.pop_back();
    }
  }
  return open.empty() ? "" : open.back() + " is never closed";
}

}  // namespace cusched::test
