// SPDX-License-Identifier: MIT
#include "cli/output.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "cli/words.h"
#include "cuda/error.h"

// How numbers and files are written.
namespace cusched {
namespace {

TEST(Words, ShortNumbers) {
  EXPECT_EQ(short_number(254.6712), "254.7");
  EXPECT_EQ(short_number(19753.53), "19754");
  EXPECT_EQ(short_number(1.25e7), "1.25e+07");
  EXPECT_EQ(short_number(0.00312), "0.00312");
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(std::numeric_limits<double>::quiet_NaN()), "-");
}

TEST(WriteTextFile, LeavesNothingHalfWritten) {
  const std::string folder = testing::TempDir() + "cusched_write_" + std::to_string(::getpid());
  write_text_file(folder + "/a/b.txt", "hello\n");
  std::ostringstream text;
  text << std::ifstream(folder + "/a/b.txt").rdbuf();
  EXPECT_EQ(text.str(), "hello\n");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder + "/a"), {}), 1);
  EXPECT_THROW(write_text_file("/proc/none/b.txt", "x"), InputError);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace cusched
