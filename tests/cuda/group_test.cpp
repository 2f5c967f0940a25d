// SPDX-License-Identifier: MIT
#include "cuda/group.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "cuda/launch.h"
#include "tests/cuda/probe.h"

namespace cusched {
namespace {

using test::kProbeItems;
using test::kProbeResults;

struct ProbeOutput {
  std::vector<int64_t> results, scanned;
  std::vector<int32_t> items;
};

ProbeOutput run_probe(HostGroup mode, int64_t lanes) {
  ProbeOutput out;
  out.results.resize(static_cast<size_t>(lanes * kProbeResults));
  out.scanned.resize(static_cast<size_t>(lanes * kProbeItems));
  out.items.resize(static_cast<size_t>(lanes * kProbeItems));
  const test::GroupProbe probe{out.results.data(), out.items.data(), out.scanned.data()};
  launch_lanes_host(mode, 0, lanes, probe, 16);
  return out;
}

TEST(Group, ClosuresGiveTheSameForOneThreadThirtyTwoAndShuffledThirtyTwo) {
  const int64_t lanes = 2 * (kProbeItems + 1);
  const ProbeOutput serial = run_probe(HostGroup::kSerial, lanes);
  for (const HostGroup mode : {HostGroup::kEmulated32, HostGroup::kShuffled32}) {
    const ProbeOutput other = run_probe(mode, lanes);
    EXPECT_EQ(serial.results, other.results);
    EXPECT_EQ(serial.items, other.items);
    EXPECT_EQ(serial.scanned, other.scanned);
  }
}

TEST(Group, DependentIterationsShowWhenShuffled) {
  const auto run = [](HostGroup mode) {
    std::vector<int32_t> items(kProbeItems);
    launch_lanes_host(mode, 0, 1, test::RacyProbe{items.data()}, 1);
    return items;
  };
  const std::vector<int32_t> serial = run(HostGroup::kSerial);
  EXPECT_EQ(serial.back(), kProbeItems);
  EXPECT_NE(serial, run(HostGroup::kShuffled32));
  EXPECT_NE(serial, run(HostGroup::kEmulated32));
}

TEST(Group, ShuffleDrawsAnotherOrderForEachClosure) {
  const EmulatedGroup group(true, 5);
  std::vector<int> first, second;
  group.for_each(32, [&](int i) { first.push_back(i); });
  group.for_each(32, [&](int i) { second.push_back(i); });
  EXPECT_NE(first, second);
  std::sort(first.begin(), first.end());
  std::sort(second.begin(), second.end());
  EXPECT_EQ(first, second);
}

// The definitions of group.h, on values small enough to check by hand.
template <class Group>
void expect_definitions(const Group& group) {
  const std::vector<int> value = {5, 2, 9, 2, 7};
  const auto at = [&](int i) { return value[static_cast<size_t>(i)]; };
  EXPECT_EQ(group.sum(5, at), 25);
  EXPECT_EQ(group.sum(0, at), 0);
  EXPECT_EQ(group.argmin(5, at), 1);  // the lower of two equal ones
  EXPECT_EQ(group.argmin(0, at), -1);
  EXPECT_EQ(group.first(5, [&](int i) { return at(i) > 6; }), 2);
  EXPECT_EQ(group.first(5, [&](int i) { return at(i) > 9; }), 5);
  EXPECT_EQ(group.first(0, [&](int) { return true; }), 0);
  EXPECT_TRUE(group.any(5, [&](int i) { return at(i) == 7; }));
  EXPECT_FALSE(group.any(5, [&](int i) { return at(i) == 8; }));
  EXPECT_FALSE(group.any(0, [&](int) { return true; }));
  std::vector<int64_t> before(5);
  const auto keep = [&](int i, int64_t sum) { before[static_cast<size_t>(i)] = sum; };
  EXPECT_EQ(group.scan(5, at, keep), 25);
  EXPECT_EQ(before, (std::vector<int64_t>{0, 5, 7, 16, 18}));
  std::vector<int> moved = {1, 2, 3, 4, 5, 6};
  group.move(moved.data() + 1, moved.data(), 4);
  EXPECT_EQ(moved, (std::vector<int>{1, 1, 2, 3, 4, 6}));
  group.move(moved.data(), moved.data() + 2, 4);
  EXPECT_EQ(moved, (std::vector<int>{2, 3, 4, 6, 4, 6}));
  int calls = 0;
  group.once([&] { ++calls; });
  EXPECT_EQ(calls, 1);
}

TEST(Group, SerialMatchesDefinitions) { expect_definitions(SerialGroup{}); }
TEST(Group, EmulatedMatchesDefinitions) { expect_definitions(EmulatedGroup(false)); }
TEST(Group, ShuffledMatchesDefinitions) { expect_definitions(EmulatedGroup(true, 9)); }

}  // namespace
}  // namespace cusched
