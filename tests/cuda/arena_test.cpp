// SPDX-License-Identifier: MIT
#include "cuda/arena.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "cuda/error.h"

namespace cusched {
namespace {

Arena small_arena(int64_t lanes) {
  Arena arena;
  arena.add("now", 4, 1);
  arena.add("jobs", 8, 3);
  arena.add("flags", 1, 5);
  arena.allocate(Device{}, lanes);
  return arena;
}

TEST(Arena, ColumnsAreZeroedAlignedAndApart) {
  const Arena arena = small_arena(33);
  ASSERT_EQ(arena.fields().size(), 3u);
  EXPECT_EQ(arena.lanes(), 33);
  size_t end = 0;
  for (int f = 0; f < 3; ++f) {
    const FieldInfo& field = arena.fields()[static_cast<size_t>(f)];
    EXPECT_EQ(field.offset % 256, 0u);
    EXPECT_GE(field.offset, end);
    EXPECT_EQ(static_cast<char*>(arena.base(f)) - static_cast<char*>(arena.base(0)),
              static_cast<ptrdiff_t>(field.offset - arena.fields()[0].offset));
    end = field.offset + field.lane_bytes() * 33;
  }
  EXPECT_GE(arena.bytes(), end);
  for (const uint8_t byte : arena.snapshot(Exec{})) ASSERT_EQ(byte, 0);
}

TEST(Arena, RestoreBringsASnapshotBack) {
  Arena arena = small_arena(7);
  auto* const now = static_cast<int32_t*>(arena.base(0));
  auto* const jobs = static_cast<int64_t*>(arena.base(1));
  for (int i = 0; i < 7; ++i) now[i] = 100 + i;
  for (int i = 0; i < 21; ++i) jobs[i] = -i;
  const std::vector<uint8_t> before = arena.snapshot(Exec{});
  now[3] = 0;
  jobs[20] = 5;
  EXPECT_NE(arena.snapshot(Exec{}), before);
  arena.restore(Exec{}, before);
  EXPECT_EQ(arena.snapshot(Exec{}), before);
  EXPECT_EQ(now[3], 103);
  EXPECT_EQ(jobs[20], -20);
  EXPECT_THROW(arena.restore(Exec{}, std::vector<uint8_t>(3)), Error);
}

TEST(Arena, ReadsOneField) {
  Arena arena = small_arena(7);
  auto* const now = static_cast<int32_t*>(arena.base(0));
  auto* const jobs = static_cast<int64_t*>(arena.base(1));
  for (int i = 0; i < 7; ++i) now[i] = 100 + i;
  for (int i = 0; i < 21; ++i) jobs[i] = -i;
  ASSERT_EQ(arena.field_bytes(1), 21 * sizeof(int64_t));
  std::vector<int64_t> read(22, 7);
  arena.read(Exec{}, 1, read.data());
  EXPECT_TRUE(std::equal(jobs, jobs + 21, read.begin()));
  EXPECT_EQ(read[21], 7) << "read beyond the field";
}

TEST(Arena, ClearingBringsTheFreshStateBack) {
  Arena arena = small_arena(7);
  const std::vector<uint8_t> fresh = arena.snapshot(Exec{});
  std::fill_n(static_cast<uint8_t*>(arena.base(0)), arena.bytes(), 0xA5);
  arena.clear(Exec{});
  EXPECT_EQ(arena.snapshot(Exec{}), fresh);
}

TEST(Arena, HashSeesEveryFieldOfItsLaneOnly) {
  Arena arena = small_arena(4);
  const std::vector<uint64_t> zero = arena.hashes(arena.snapshot(Exec{}));
  ASSERT_EQ(zero.size(), 4u);
  std::set<uint64_t> seen = {zero[2]};
  for (int f = 0; f < 3; ++f) {
    const FieldInfo& field = arena.fields()[static_cast<size_t>(f)];
    auto* const lane = static_cast<uint8_t*>(arena.base(f)) + 2 * field.lane_bytes();
    for (size_t byte = 0; byte < field.lane_bytes(); ++byte) {
      lane[byte] = 1;
      const std::vector<uint64_t> hash = arena.hashes(arena.snapshot(Exec{}));
      lane[byte] = 0;
      for (const size_t other : {0, 1, 3}) EXPECT_EQ(hash[other], zero[other]);
      EXPECT_TRUE(seen.insert(hash[2]).second) << field.name << " byte " << byte;
    }
  }
}

TEST(Arena, DiffNamesTheFirstDifference) {
  Arena arena = small_arena(4);
  const std::vector<uint8_t> a = arena.snapshot(Exec{});
  EXPECT_EQ(arena.diff(a, a), "");
  static_cast<int64_t*>(arena.base(1))[2 * 3 + 1] = 9;
  const std::string text = arena.diff(a, arena.snapshot(Exec{}));
  EXPECT_NE(text.find("jobs"), std::string::npos) << text;
  EXPECT_NE(text.find("lane 2"), std::string::npos) << text;
  EXPECT_NE(text.find("element 1"), std::string::npos) << text;
}

}  // namespace
}  // namespace cusched
