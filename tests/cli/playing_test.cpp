// SPDX-License-Identifier: MIT
#include "cli/playing.h"

#include <gtest/gtest.h>

namespace cusched {
namespace {

// What a progress prints for a clock that the test moves.
std::string printed(PlayingText::Mode mode) {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* const out = open_memstream(&text, &size);
  PlayingText playing(out, mode, 10);
  playing.report("fifo", 0, 4, 0, 100);
  playing.report("fifo", 0, 4, 64, 100.05);
  playing.report("sjf", 1, 4, 256, 108);
  playing.report("sjf", 1, 4, 4096, 112);
  playing.report("sjf", 1, 4, 5000, 121);
  playing.end();
  std::fclose(out);
  const std::string result(text, size);
  std::free(text);
  return result;
}

TEST(Playing, RewritesALineOnATerminal) {
  EXPECT_EQ(printed(PlayingText::Mode::kInPlace),
            "\r\033[Kplaying fifo (1 of 4), step 0"
            "\r\033[Kplaying sjf (2 of 4), step 256; about 24 s left"
            "\r\033[Kplaying sjf (2 of 4), step 4,096; about 36 s left"
            "\r\033[Kplaying sjf (2 of 4), step 5,000; about 63 s left"
            "\r\033[K");
}

TEST(Playing, WritesALineNowAndThenInALog) {
  EXPECT_EQ(printed(PlayingText::Mode::kLines),
            "playing sjf (2 of 4), step 4,096; about 36 s left\n");
}

TEST(Playing, IsQuietWhereAsked) { EXPECT_EQ(printed(PlayingText::Mode::kQuiet), ""); }

TEST(Playing, ALongNameLeavesTheLineOnALine) {
  const std::string text = playing_text(std::string(200, 'x') + "\n", 0, 12, 1 << 28, 0);
  EXPECT_LE(text.size(), 80u);
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace cusched
