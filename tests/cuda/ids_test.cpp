// SPDX-License-Identifier: MIT
#include "cuda/ids.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace cusched {
namespace {

// What strong ids are for.
static_assert(!std::is_convertible_v<int, Member>);
static_assert(!std::is_convertible_v<Member, Env>);
static_assert(!std::is_constructible_v<Env, Member>);
static_assert(!std::is_convertible_v<Member, int>);
static_assert(std::is_trivially_copyable_v<Lane> && sizeof(Lane) == 8 && sizeof(Slot) == 4);

TEST(Ids, LanesAreMembersTimesEnvironments) {
  const int envs = 65;
  for (int member = 0; member < 3; ++member) {
    for (int env = 0; env < envs; ++env) {
      const Lane lane = lane_of(Member(member), Env(env), envs);
      EXPECT_EQ(lane.index(), member * envs + env);
      EXPECT_EQ(member_of(lane, envs), Member(member));
      EXPECT_EQ(env_of(lane, envs), Env(env));
    }
  }
  // 70,000 members of 65,536 environments do not fit 32 bits.
  EXPECT_EQ(lane_of(Member(69999), Env(1), 65536).index(), int64_t{69999} * 65536 + 1);
}

TEST(Ids, AreInvalidUntilGivenAnIndex) {
  EXPECT_FALSE(Slot());
  EXPECT_TRUE(Slot(0));
  EXPECT_TRUE(Slot(1) != Slot(2));
  EXPECT_TRUE(Slot(1) < Slot(2));
}

}  // namespace
}  // namespace cusched
