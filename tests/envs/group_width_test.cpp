// SPDX-License-Identifier: MIT
#include "envs/group_width.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "cuda/error.h"
#include "envs/registry.h"

namespace cusched {
namespace {

TEST(GroupWidth, GivesFewLanesManyThreads) {
  const std::vector<int>& widths = group_widths();
  ASSERT_GT(widths.size(), 1u);
  EXPECT_TRUE(std::is_sorted(widths.begin(), widths.end()));
  EXPECT_EQ(group_width(0, 1), widths.back());
  EXPECT_EQ(group_width(0, 65535), widths.back());
  EXPECT_EQ(group_width(0, 65536), widths.front());
}

TEST(GroupWidth, TakesTheOneThatIsWanted) {
  for (const int width : group_widths()) {
    EXPECT_EQ(group_width(width, 1), width);
    EXPECT_EQ(group_width(width, 1 << 20), width);
  }
}

TEST(GroupWidth, NamesTheWidthsThereAre) {
  try {
    group_width(5, 1);
    ADD_FAILURE() << "a width without kernels was taken";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("5 threads a lane"), std::string::npos);
    for (const int width : group_widths())
      EXPECT_NE(std::string(error.what()).find(std::to_string(width) + ", "), std::string::npos)
          << error.what();
  }
}

TEST(GroupWidth, IsRefusedOnTheCpu) {
  BatchOptions options;
  options.width = group_widths().back();
  for (const EnvEntry* env : all_environments())
    EXPECT_THROW(env->create({}, options), Error) << env->name;
}

}  // namespace
}  // namespace cusched
