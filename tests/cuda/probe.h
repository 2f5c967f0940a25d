// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "cuda/portable_math.h"
#include "cuda/team.h"

// Functors that the host tests and the GPU tests run alike.
namespace cusched::test {

constexpr int kProbeItems = 150;  // most items of a lane: not a multiple of any group's width
constexpr int kProbeResults = 12;

// A key with a double and a tie-break, as dynamics use for priorities.
struct ScoreKey {
  double score;
  int32_t tie;
  int32_t unused;
  CUSCHED_HD bool operator<(const ScoreKey& other) const {
    return score < other.score || (score == other.score && tie < other.tie);
  }
};

// Runs every closure of a group over `lane % (kProbeItems + 1)` items and writes what it found.
struct GroupProbe {
  int64_t* results;  // (lanes, kProbeResults)
  int32_t* items;    // (lanes, kProbeItems), written
  int64_t* scanned;  // (lanes, kProbeItems), written

  template <class Group>
  CUSCHED_HD void operator()(const Group& group, int64_t lane) const {
    const int n = static_cast<int>(lane % (kProbeItems + 1));
    const RngKey key{3, 0, static_cast<uint32_t>(lane), 0};
    int32_t* const item = items + lane * kProbeItems;
    int64_t* const prefix = scanned + lane * kProbeItems;
    int64_t* const result = results + lane * kProbeResults;

    group.for_each(n, [&](int i) {
      item[i] = static_cast<int32_t>(bounded(draw4(key, 1, static_cast<uint32_t>(i)).v[0], 40));
    });
    // From the other end: each thread reads what others wrote.
    const int64_t sum = group.sum(n, [&](int i) { return int64_t{item[n - 1 - i]} << 30; });
    const bool any = group.any(n, [&](int i) { return item[i] == 39; });
    const bool none = group.any(n, [&](int i) { return item[i] > 39; });
    const int lowest = group.argmin(n, [&](int i) { return item[i]; });  // many ties
    const int highest = group.argmin(n, [&](int i) { return -int64_t{item[i]}; });
    const int scored = group.argmin(n, [&](int i) {
      return ScoreKey{portable_log2(1.0 + item[i]), -(i % 3), 0};
    });
    const int first = group.first(n, [&](int i) { return item[i] >= 30; });
    const int missing = group.first(n, [&](int i) { return item[i] > 39; });
    const int64_t total = group.scan(
        n, [&](int i) { return int64_t{item[i]}; }, [&](int i, int64_t s) { prefix[i] = s; });
    // Overlapping moves: the front third backwards by one, then everything forwards by two.
    if (n > 4) {
      group.move(item, item + 1, n / 3);
      group.move(item + 2, item, n - 2);
    }
    const int64_t turned = group.sum(n, [&](int i) { return prefix[n - 1 - i] * (i + 1); });
    const int64_t moved = group.sum(n, [&](int i) { return int64_t{item[i]} * (i + 1); });
    group.once([&] {
      const int64_t found[kProbeResults] = {sum,   any,     none,  lowest, highest, scored,
                                            first, missing, total, moved,  turned,  lane};
      for (int i = 0; i < kProbeResults; ++i) result[i] = found[i];
    });
  }
};

// Wrong on purpose: each iteration reads what another one writes.
struct RacyProbe {
  int32_t* items;  // (lanes, kProbeItems)

  template <class Group>
  CUSCHED_HD void operator()(const Group& group, int64_t lane) const {
    int32_t* const item = items + lane * kProbeItems;
    group.for_each(kProbeItems, [&](int i) { item[i] = i == 0 ? 1 : item[i - 1] + 1; });
  }
};

// out[i] gets bits of Philox and of each portable function.
struct ElementProbe {
  uint64_t* out;  // (n)

  CUSCHED_HD void operator()(int64_t i) const {
    const uint32_t bits = draw4({1, 2, 3, 4}, 5, static_cast<uint32_t>(i)).v[0];
    const double x = (bits + 1.0) * 0x1p-20;
    uint64_t hash = bits;
    hash = hash * 1099511628211u ^ portable::bits_of(portable_log(x));
    hash = hash * 1099511628211u ^ portable::bits_of(portable_log2(x));
    hash = hash * 1099511628211u ^ portable::bits_of(portable_log10(x));
    hash = hash * 1099511628211u ^ portable::bits_of(portable_exp(x * 0x1p-3));
    hash = hash * 1099511628211u ^ portable::bits_of(portable_pow10(-x * 0x1p-4));
    out[i] = hash;
  }
};

// Sums and the largest of `i` numbers that do not add up exactly, by a team each.
struct TeamProbe {
  static constexpr int kResults = 7;
  double* result;   // (n, kResults)
  double* scratch;  // (n, stride), written; stride >= n, and at least 1
  int64_t stride;

  CUSCHED_HD static double number(int64_t i, int64_t k) {
    return static_cast<double>(
               draw4({2, 0, static_cast<uint32_t>(i), 0}, 3, static_cast<uint32_t>(k)).v[0]) /
           3.0;
  }
  template <class Team>
  CUSCHED_HD void operator()(const Team& team, int64_t i) const {
    // The same reduction twice: the second must not overwrite what is still read of the first.
    double sum[2];
    for (int k = 0; k < 2; ++k)
      sum[k] = team.sum(i, [&](int64_t j) { return (k + 1) * number(i, j); });
    const float rough = team.sum(i, [&](int64_t k) { return static_cast<float>(number(i, k)); });
    const double most = team.most(i, -1.0, [&](int64_t k) { return number(i, k); });
    // Threads read what others wrote, and what one is about to overwrite.
    double* const numbers = scratch + i * stride;
    team.for_each(i, [&](int64_t k) { numbers[k] = number(i, k); });
    const double turned = team.sum(i, [&](int64_t k) { return numbers[i - 1 - k] * 0.5; });
    const double head = i > 0 ? numbers[0] : 0;
    team.once([&] { numbers[0] = -1; });
    // Each by another thread: all of them have to know the results.
    const double found[kResults] = {most, rough, sum[0], sum[1], turned, numbers[0], head};
    team.for_each(kResults, [&](int64_t k) { result[i * kResults + k] = found[k]; });
  }
};

// value[i] += i + 1
struct AddIndex {
  int64_t* value;
  CUSCHED_HD void operator()(int64_t i) const { value[i] += i + 1; }
};

}  // namespace cusched::test
