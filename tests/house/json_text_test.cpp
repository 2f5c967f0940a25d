// SPDX-License-Identifier: MIT
// JSON is written in one place, which cannot fail because of a name that is not UTF-8.
#include <gtest/gtest.h>

#include "tests/house/sources.h"

namespace cusched {
namespace {

TEST(JsonText, IsTheOnlyWriterOfJson) {
  int writers = 0;
  for_each_source([&](const std::string& path, const std::string& text) {
    const bool dumps =
        text.find(".dump(") != std::string::npos || text.find("->dump(") != std::string::npos;
    if (path.rfind("tests/", 0) == 0 || !dumps) return;
    ++writers;
    EXPECT_EQ(path, "envs/json_text.cpp") << "use json_text() of envs/json_text.h";
  });
  EXPECT_EQ(writers, 1);
}

}  // namespace
}  // namespace cusched
