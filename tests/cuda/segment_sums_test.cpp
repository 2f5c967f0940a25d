// SPDX-License-Identifier: MIT
#include "cuda/segment_sums.h"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>
#include <vector>

#include "cuda/error.h"
#include "cuda/philox.h"
#include "cuda/stream.h"
#include "tests/cuda/gpu.h"

namespace cusched {
namespace {

const Device kGpu{DeviceKind::kCuda, 0};

std::vector<int64_t> random_numbers(int64_t count) {
  std::vector<int64_t> numbers(static_cast<size_t>(count));
  for (size_t i = 0; i < numbers.size(); ++i) {
    const Philox4 bits = draw4({1, 0, 0, 0}, 2, static_cast<uint32_t>(i));
    numbers[i] = static_cast<int64_t>(uint64_t{bits.v[0]} << 20 | bits.v[1]) - (int64_t{1} << 51);
  }
  return numbers;
}

void expect_sums(const Exec& exec) {
  for (const int64_t segments : {1, 2, 33, 300}) {
    for (const int64_t length : {1, 31, 32, 33, 65, 257, 4096}) {
      const std::vector<int64_t> in = random_numbers(segments * length);
      std::vector<int64_t> want;
      for (auto row = in.begin(); row != in.end(); row += length)
        want.push_back(std::accumulate(row, row + length, int64_t{0}));
      const DeviceMemory from = test::to_device(exec, in);
      const DeviceMemory to(exec.device, want.size() * sizeof(int64_t));
      SegmentSums(exec.device, segments, length)
          .run(exec, static_cast<const int64_t*>(from.data()), static_cast<int64_t*>(to.data()));
      EXPECT_EQ(test::to_host<int64_t>(exec, to), want) << segments << " x " << length;
    }
  }
}

void expect_zeros_without_numbers(const Exec& exec) {
  const DeviceMemory to = test::to_device(exec, std::vector<int64_t>{7, 7});
  SegmentSums(exec.device, 0, 5).run(exec, nullptr, static_cast<int64_t*>(to.data()));
  EXPECT_EQ(test::to_host<int64_t>(exec, to), (std::vector<int64_t>{7, 7}));
  SegmentSums(exec.device, 2, 0).run(exec, nullptr, static_cast<int64_t*>(to.data()));
  EXPECT_EQ(test::to_host<int64_t>(exec, to), (std::vector<int64_t>{0, 0}));
}

TEST(SegmentSums, EqualTheStandardLibrarys) { expect_sums(Exec{}); }
TEST(SegmentSums, AreZeroWithoutNumbers) { expect_zeros_without_numbers(Exec{}); }

TEST(SegmentSums, Wrap) {
  const std::vector<int64_t> in = {std::numeric_limits<int64_t>::max(), 1};
  int64_t sum = 0;
  SegmentSums(Device{}, 1, 2).run(Exec{}, in.data(), &sum);
  EXPECT_EQ(sum, std::numeric_limits<int64_t>::min());
}

TEST(SegmentSums, RefuseCountsAndDevicesThatCannotBe) {
  EXPECT_THROW(SegmentSums(Device{}, -1, 1), Error);
  EXPECT_THROW(SegmentSums(Device{}, 1, int64_t{1} << 31), Error);
  int64_t number = 0;
  EXPECT_THROW(SegmentSums(Device{}, 1, 1).run({kGpu, nullptr}, &number, &number), Error);
}

TEST(SegmentSumsGpu, EqualTheStandardLibrarys) {
  CUSCHED_SKIP_WITHOUT_GPU();
  const Stream stream(kGpu);
  expect_sums(stream.exec());
}

TEST(SegmentSumsGpu, AreZeroWithoutNumbers) {
  CUSCHED_SKIP_WITHOUT_GPU();
  const Stream stream(kGpu);
  expect_zeros_without_numbers(stream.exec());
}

}  // namespace
}  // namespace cusched
