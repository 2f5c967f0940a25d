// SPDX-License-Identifier: MIT
#include "cuda/philox.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

namespace cusched {
namespace {

void expect_words(const Philox4& got, const Philox4& want) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ(got.v[i], want.v[i]) << "word " << i;
}

// Known-answer vectors of Random123 (philox4x32, 10 rounds): counter, key, result.
TEST(Philox, MatchesKnownAnswersOfRandom123) {
  expect_words(philox4x32({{0, 0, 0, 0}}, 0, 0),
               {{0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u}});
  const uint32_t ones = 0xffffffffu;
  expect_words(philox4x32({{ones, ones, ones, ones}}, ones, ones),
               {{0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu}});
  // The digits of pi.
  expect_words(
      philox4x32({{0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u}}, 0xa4093822u, 0x299f31d0u),
      {{0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u}});
}

TEST(Philox, EveryPartOfTheKeyChangesTheDraw) {
  const RngKey base{1, 2, 3, 4};
  std::set<uint64_t> seen;
  const auto add = [&](const RngKey& key, uint32_t stream, uint32_t index) {
    const Philox4 bits = draw4(key, stream, index);
    EXPECT_TRUE(seen.insert(uint64_t{bits.v[0]} << 32 | bits.v[1]).second);
  };
  add(base, 5, 6);
  add({2, 2, 3, 4}, 5, 6);
  add({1, 3, 3, 4}, 5, 6);
  add({1, 2, 4, 4}, 5, 6);
  add({1, 2, 3, 5}, 5, 6);
  add(base, 6, 6);
  add(base, 5, 7);
  // Neighbouring roles do not stand in for each other.
  add({1, 2, 4, 3}, 5, 6);
  add({2, 1, 3, 4}, 5, 6);
  add(base, 6, 5);
}

TEST(Philox, BoundedCoversItsRangeEvenly) {
  EXPECT_EQ(bounded(0, 10), 0u);
  EXPECT_EQ(bounded(0xffffffffu, 10), 9u);
  EXPECT_EQ(bounded(0xffffffffu, 1), 0u);
  EXPECT_EQ(bounded(0xffffffffu, 0xffffffffu), 0xfffffffeu);
  // Pearson's chi-square over 10 cells, 100,000 draws: 9 degrees of freedom, 27.9 at p = 0.001.
  const int cells = 10, draws = 100000;
  std::vector<int> count(cells);
  for (int i = 0; i < draws / 4; ++i) {
    const Philox4 bits = draw4({7, 0, 0, 0}, 1, static_cast<uint32_t>(i));
    for (const uint32_t word : bits.v) ++count[bounded(word, cells)];
  }
  double chi_square = 0;
  for (const int c : count) chi_square += (c - draws / 10.0) * (c - draws / 10.0) / (draws / 10.0);
  EXPECT_LT(chi_square, 27.9);
}

TEST(Philox, UnitFloatStaysBelowOne) {
  EXPECT_EQ(unit_float(0), 0.0f);
  EXPECT_EQ(unit_float(0xffffffffu), 1.0f - 0x1p-24f);
  EXPECT_EQ(unit_float(0x80000000u), 0.5f);
}

}  // namespace
}  // namespace cusched
