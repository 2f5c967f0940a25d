// SPDX-License-Identifier: MIT
#include "cuda/write_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cuda/error.h"

namespace cusched {
namespace {

namespace fs = std::filesystem;

class WriteFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "cusched_write_file_" + std::to_string(::getpid());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string at(const std::string& name) const { return folder_ + "/" + name; }
  std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(at(name)).rdbuf();
    return text.str();
  }
  int files() const { return static_cast<int>(std::distance(fs::directory_iterator(folder_), {})); }
  int mode(const std::string& name) const {
    struct stat info {};
    EXPECT_EQ(::stat(at(name).c_str(), &info), 0);
    return static_cast<int>(info.st_mode & 07777);
  }
  // The message of the failure; `bad_input` asks for an InputError.
  static std::string failure(const std::string& path, const std::string& text, bool bad_input) {
    try {
      write_file(path, text);
    } catch (const Error& error) {
      EXPECT_EQ(dynamic_cast<const InputError*>(&error) != nullptr, bad_input) << error.what();
      return error.what();
    }
    return "nothing was thrown";
  }

 private:
  std::string folder_;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(WriteFile, ReplacesAFileAndKeepsItsPermissions) {
  const mode_t before = ::umask(027);
  write_file(at("new"), "one");
  ::umask(before);
  EXPECT_EQ(mode("new"), 0640);
  ::chmod(at("new").c_str(), 0604);
  write_file(at("new"), std::string("t\0o", 3));
  EXPECT_EQ(read("new"), std::string("t\0o", 3));
  EXPECT_EQ(mode("new"), 0604);
  write_file(at("new"), "");
  EXPECT_EQ(read("new"), "");
  EXPECT_EQ(files(), 1);
}

TEST_F(WriteFile, ANameAsLongAsNamesCanBe) {
  const std::string name(255, 'n');
  write_file(at(name), "long");
  EXPECT_EQ(read(name), "long");
  EXPECT_TRUE(contains(failure(at(name + "n"), "x", true), "File name too long"));
}

TEST_F(WriteFile, ALinkStaysALinkAndItsTargetIsReplacedInItsOwnFolder) {
  fs::create_directories(at("there"));
  write_file(at("there/file"), "old");
  fs::create_symlink("there/file", at("near"));
  fs::create_symlink(at("near"), at("far"));
  write_file(at("far"), "new");
  EXPECT_EQ(read("there/file"), "new");
  EXPECT_TRUE(fs::is_symlink(at("far")));
  EXPECT_TRUE(fs::is_symlink(at("near")));
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(at("there/file"))));

  fs::create_symlink("there/made", at("dangling"));
  write_file(at("dangling"), "made");
  EXPECT_EQ(read("there/made"), "made");
  EXPECT_TRUE(fs::is_symlink(at("dangling")));

  fs::create_symlink("loop", at("loop"));
  EXPECT_TRUE(contains(failure(at("loop"), "x", true), "symbolic links"));
}

// --json /dev/stdout; as root, a file put in the place of /dev/null would be one for everybody.
TEST_F(WriteFile, ADeviceOrAPipeIsWrittenAndNotReplaced) {
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
  fs::create_symlink("pipe", at("link"));
  const int reader = ::open(at("pipe").c_str(), O_RDONLY | O_NONBLOCK);
  write_file(at("pipe"), "hello");
  write_file(at("link"), "you");
  char text[16] = {};
  EXPECT_EQ(::read(reader, text, sizeof text), 8);
  EXPECT_STREQ(text, "helloyou");
  EXPECT_TRUE(fs::is_fifo(at("pipe")));
  ::close(reader);

  write_file("/dev/null", "gone");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_TRUE(contains(failure("/dev/full", "x", false), "/dev/full: cannot be written (No space"));
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

TEST_F(WriteFile, AnOpenFileByItsNumber) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  write_file("/dev/fd/" + std::to_string(ends[1]), "to a command");
  char text[32] = {};
  EXPECT_EQ(::read(ends[0], text, sizeof text), 12);
  EXPECT_STREQ(text, "to a command");
  ::close(ends[0]);
  // The reader is gone: an error, not a signal that ends the program.
  const std::string message = failure("/dev/fd/" + std::to_string(ends[1]), "x", false);
  EXPECT_TRUE(contains(message, "Broken pipe")) << message;
  ::close(ends[1]);

  // As `cusched ... --json /dev/stdout > FILE`: what was written before stays.
  const int fd = ::open(at("out").c_str(), O_WRONLY | O_CREAT, 0600);
  ASSERT_EQ(::write(fd, "before ", 7), 7);
  write_file("/proc/self/fd/" + std::to_string(fd), "after");
  ::close(fd);
  EXPECT_EQ(read("out"), "before after");
  EXPECT_TRUE(contains(failure("/dev/fd/987", "x", true), "Bad file descriptor"));
}

TEST_F(WriteFile, FailuresSpeakTheSystemsWordsAndLeaveWhatWasThere) {
  EXPECT_TRUE(contains(failure(at("none/file"), "x", true), "No such file or directory"));
  EXPECT_TRUE(contains(failure(at(""), "x", true), "Is a directory"));
  write_file(at("file"), "old");
  EXPECT_TRUE(contains(failure(at("file/below"), "x", true), "Not a directory"));

  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = 1000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string message = failure(at("file"), std::string(5000, 'x'), false);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_TRUE(contains(message, "File too large")) << message;
  EXPECT_EQ(read("file"), "old");
  EXPECT_EQ(files(), 1);
}

TEST_F(WriteFile, WhatCannotBeWrittenIsSeenBefore) {
  const auto refusal = [](const std::string& path) -> std::string {
    try {
      check_writable(path);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  write_file(at("file"), "old");
  fs::create_symlink("made", at("dangling"));
  for (const std::string& path : {at("file"), at("new"), at("a/b/new"), at("dangling"),
                                  std::string("new-in-here"), std::string("/dev/null")})
    EXPECT_EQ(refusal(path), "") << path;
  EXPECT_TRUE(contains(refusal(at("")), "Is a directory"));
  EXPECT_TRUE(contains(refusal(at("a/")), "Is a directory"));
  EXPECT_TRUE(contains(refusal(at("file/below")), "Not a directory"));
  EXPECT_TRUE(contains(refusal("/dev/fd/987"), "Bad file descriptor"));
  // Folders that take no file, whoever asks.
  for (const char* path : {"/proc/x.html", "/proc/none/x.html"})
    EXPECT_TRUE(contains(refusal(path), "cannot be written")) << path;
  EXPECT_EQ(read("file"), "old");
  EXPECT_EQ(files(), 2);
}

}  // namespace
}  // namespace cusched
