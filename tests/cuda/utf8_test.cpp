// SPDX-License-Identifier: MIT
#include "cuda/utf8.h"

#include <gtest/gtest.h>

namespace cusched {
namespace {

TEST(Utf8, TellsWellFormedText) {
  for (const char* text : {"", "plain", "caf\xC3\xA9", "\xE2\x82\xAC", "\xED\x9F\xBF",
                           "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"})
    EXPECT_TRUE(is_utf8(text)) << text;
  EXPECT_TRUE(is_utf8(std::string_view("a\0b", 3)));
  for (const char* text : {"caf\xE9", "\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80",
                           "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\x80", "a\xE2\x82"})
    EXPECT_FALSE(is_utf8(text)) << text;
}

TEST(Utf8, ReplacesWhatIsNone) {
  EXPECT_EQ(to_utf8("caf\xE9!"), "caf\xEF\xBF\xBD!");
  EXPECT_EQ(to_utf8("\xE2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(to_utf8("\xE2\x82\xAC"), "\xE2\x82\xAC");
}

TEST(Utf8, ShowsWhatATerminalWouldObey) {
  EXPECT_EQ(visible_text("\x1b[31mred\a"), "\\x1b[31mred\\x07");
  EXPECT_EQ(visible_text("two\nlines\r\t"), "two\\nlines\\r\\t");
  EXPECT_EQ(visible_text("caf\xE9 caf\xC3\xA9 \xC2\x9B"), "caf\\xe9 caf\xC3\xA9 \\xc2\\x9b");
  EXPECT_EQ(visible_text(std::string_view("a\0b\x7f", 4)), "a\\x00b\\x7f");
}

}  // namespace
}  // namespace cusched
