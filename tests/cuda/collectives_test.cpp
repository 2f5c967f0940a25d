// SPDX-License-Identifier: MIT
#include "cuda/collectives.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "cuda/error.h"
#include "cuda/philox.h"
#include "cuda/stream.h"
#include "tests/cuda/gpu.h"

namespace cusched {
namespace {

const std::vector<int64_t> kCounts = {0, 1, 2, 31, 32, 33, 65, 257, 4096, 70001};

std::vector<int64_t> random_numbers(int64_t count) {
  std::vector<int64_t> numbers(static_cast<size_t>(count));
  for (size_t i = 0; i < numbers.size(); ++i) {
    const Philox4 bits = draw4({1, 0, 0, 0}, 2, static_cast<uint32_t>(i));
    numbers[i] = static_cast<int64_t>(uint64_t{bits.v[0]} << 20 | bits.v[1]) - (int64_t{1} << 51);
  }
  return numbers;
}

// Keys below `limit`, so that small limits make many ties; 0 = all bits.
template <class Key>
std::vector<Key> random_keys(int64_t count, uint32_t limit) {
  std::vector<Key> keys(static_cast<size_t>(count));
  for (size_t i = 0; i < keys.size(); ++i) {
    const Philox4 bits = draw4({4, 0, 0, 0}, 2, static_cast<uint32_t>(i));
    keys[i] = limit > 0 ? Key{bounded(bits.v[0], limit)}
                        : static_cast<Key>(uint64_t{bits.v[0]} << 32 | bits.v[1]);
  }
  return keys;
}

void expect_scan_and_sum(const Exec& exec) {
  Collectives collectives(exec.device, 70001);
  for (const int64_t count : kCounts) {
    const std::vector<int64_t> in = random_numbers(count);
    std::vector<int64_t> want(in.size());
    std::exclusive_scan(in.begin(), in.end(), want.begin(), int64_t{0});
    const DeviceMemory from = test::to_device(exec, in);
    const DeviceMemory to(exec.device, from.size());
    collectives.exclusive_scan(exec, static_cast<const int64_t*>(from.data()),
                               static_cast<int64_t*>(to.data()), count);
    EXPECT_EQ(test::to_host<int64_t>(exec, to), want) << count;

    const DeviceMemory total = test::to_device(exec, std::vector<int64_t>{77});
    collectives.sum(exec, static_cast<const int64_t*>(from.data()),
                    static_cast<int64_t*>(total.data()), count);
    EXPECT_EQ(test::to_host<int64_t>(exec, total)[0],
              std::accumulate(in.begin(), in.end(), int64_t{0}))
        << count;

    auto* const same = static_cast<int64_t*>(from.data());
    collectives.exclusive_scan(exec, same, same, count);  // in place
    EXPECT_EQ(test::to_host<int64_t>(exec, from), want) << count;
  }
}

template <class Key>
void expect_stable_sort(const Exec& exec, uint32_t limit) {
  Collectives collectives(exec.device, 70001);
  for (const int64_t count : kCounts) {
    const std::vector<Key> keys = random_keys<Key>(count, limit);
    std::vector<int32_t> values(keys.size());
    std::iota(values.begin(), values.end(), 0);
    std::vector<int32_t> want = values;
    std::stable_sort(want.begin(), want.end(), [&](int32_t a, int32_t b) {
      return keys[static_cast<size_t>(a)] < keys[static_cast<size_t>(b)];
    });
    std::vector<Key> want_keys = keys;
    std::sort(want_keys.begin(), want_keys.end());

    const DeviceMemory from_keys = test::to_device(exec, keys);
    const DeviceMemory from_values = test::to_device(exec, values);
    const DeviceMemory to_keys(exec.device, from_keys.size());
    const DeviceMemory to_values(exec.device, from_values.size());
    collectives.sort_pairs(exec, static_cast<const Key*>(from_keys.data()),
                           static_cast<const int32_t*>(from_values.data()),
                           static_cast<Key*>(to_keys.data()),
                           static_cast<int32_t*>(to_values.data()), count);
    EXPECT_EQ(test::to_host<Key>(exec, to_keys), want_keys) << count;
    EXPECT_EQ(test::to_host<int32_t>(exec, to_values), want) << count;
    EXPECT_EQ(test::to_host<Key>(exec, from_keys), keys) << count;  // not changed
    EXPECT_EQ(test::to_host<int32_t>(exec, from_values), values) << count;
  }
}

void expect_all_sorts(const Exec& exec) {
  for (const uint32_t limit : {0u, 1u, 7u, 300u, 100000u}) {
    expect_stable_sort<uint32_t>(exec, limit);
    expect_stable_sort<uint64_t>(exec, limit);
  }
}

TEST(Collectives, ScanAndSumEqualTheStandardLibrarys) { expect_scan_and_sum(Exec{}); }
TEST(Collectives, SortIsStable) { expect_all_sorts(Exec{}); }

TEST(Collectives, SumsWrap) {
  const std::vector<int64_t> in = {std::numeric_limits<int64_t>::max(), 1};
  Collectives collectives(Device{}, 2);
  int64_t sum = 0;
  collectives.sum(Exec{}, in.data(), &sum, 2);
  EXPECT_EQ(sum, std::numeric_limits<int64_t>::min());
}

TEST(Collectives, RefuseCountsBeyondTheirWorkSpace) {
  Collectives collectives(Device{}, 4);
  std::vector<int64_t> in(5), out(5);
  EXPECT_THROW(collectives.exclusive_scan(Exec{}, in.data(), out.data(), 5), Error);
  EXPECT_THROW(collectives.sum(Exec{}, in.data(), out.data(), -1), Error);
  EXPECT_THROW(Collectives(Device{}, -1), Error);
  EXPECT_THROW(Collectives(Device{}, int64_t{1} << 31), Error);
  EXPECT_THROW(collectives.sum({{DeviceKind::kCuda, 0}, nullptr}, in.data(), out.data(), 1), Error);
}

TEST(CollectivesGpu, ScanAndSumEqualTheStandardLibrarys) {
  CUSCHED_SKIP_WITHOUT_GPU();
  const Stream stream(Device{DeviceKind::kCuda, 0});
  expect_scan_and_sum(stream.exec());
}

TEST(CollectivesGpu, SortIsStable) {
  CUSCHED_SKIP_WITHOUT_GPU();
  const Stream stream(Device{DeviceKind::kCuda, 0});
  expect_all_sorts(stream.exec());
}

}  // namespace
}  // namespace cusched
