// SPDX-License-Identifier: MIT
// Device memory: closed to the host, and watched.
#include "tests/emulation/memory.h"

#include <cstdlib>

#include "cuda/error.h"
#include "tests/emulation/test_kernel.h"

namespace cusched::emulation {
namespace {

__global__ void write_at(int* numbers, long index) { numbers[index] = 7; }

TEST(EmulatedMemory, IsGarbageUntilItIsWritten) {
  void* data = nullptr;
  ASSERT_EQ(cudaMalloc(&data, 300), cudaSuccess);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(data) % 256, 0u);
  std::vector<unsigned char> bytes(300);
  ASSERT_EQ(cudaMemcpyAsync(bytes.data(), data, 300, cudaMemcpyDefault, nullptr), cudaSuccess);
  ASSERT_EQ(cudaStreamSynchronize(nullptr), cudaSuccess);
  EXPECT_EQ(bytes, std::vector<unsigned char>(300, kGarbage));
  EXPECT_EQ(cudaFree(data), cudaSuccess);
}

TEST(EmulatedMemory, EndsAtItsSize) {
  void* data = nullptr;
  EXPECT_EQ(cudaMalloc(&data, kDeviceMemoryBytes + 1), cudaErrorMemoryAllocation);
  size_t before = 0, after = 0, total = 0;
  ASSERT_EQ(cudaMemGetInfo(&before, &total), cudaSuccess);
  const Numbers numbers(1000);
  ASSERT_EQ(cudaMemGetInfo(&after, &total), cudaSuccess);
  EXPECT_EQ(before - after, 4000u);
  EXPECT_EQ(total, kDeviceMemoryBytes);
}

TEST(EmulatedMemory, CopiesAndFillsStayInsideAnAllocation) {
  const Numbers numbers(10);
  std::vector<int> host(20);
  EXPECT_EQ(cudaMemcpyAsync(numbers.at(), host.data(), 44, cudaMemcpyDefault, nullptr),
            cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpyAsync(host.data(), numbers.at() + 9, 8, cudaMemcpyDefault, nullptr),
            cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemsetAsync(numbers.at(), 0, 44, nullptr), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemsetAsync(host.data(), 0, 4, nullptr), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpyAsync(host.data(), numbers.at(), 4, cudaMemcpyHostToDevice, nullptr),
            cudaErrorInvalidMemcpyDirection);
}

TEST(EmulatedMemoryDeathTest, IsClosedToTheHost) {
  const Numbers numbers(10);
  volatile int* const first = numbers.at();
  EXPECT_DEATH((void)*first, "the host touches device memory: .*at byte 0 of .* of 40 bytes");
  EXPECT_DEATH(first[3] = 1, "the host touches device memory: .*at byte 12 of .* of 40 bytes");
}

TEST(EmulatedMemoryDeathTest, StepsBesideItAreFound) {
  const Numbers numbers(64);  // 256 bytes: it ends with its page
  EXPECT_DEATH(
      run(1, 1, write_at, numbers.at(), 64L),
      "thread \\(0, 0, 0\\) of block \\(0, 0, 0\\) of the kernel \\(int\\*, long\\) touches "
      ".*at byte 256 of device memory of 256 bytes");
  EXPECT_DEATH(run(1, 1, write_at, numbers.at(), 1L << 40), "which is no device memory");
  const auto write_beside = [] {
    const Numbers few(3);
    run(1, 1, write_at, few.at(), 4L);
  };
  EXPECT_DEATH(write_beside(), "wrote beside an allocation of 12 bytes");
}

TEST(EmulatedMemoryDeathTest, FreedMemoryIsFound) {
  void* data = nullptr;
  ASSERT_EQ(cudaMalloc(&data, 400), cudaSuccess);
  ASSERT_EQ(cudaFree(data), cudaSuccess);
  EXPECT_DEATH((void)cudaFree(data), "freed that was freed before");
  EXPECT_DEATH(run(1, 1, write_at, static_cast<int*>(data), 0L), "in freed device memory of 400");
  int local = 0;
  EXPECT_DEATH((void)cudaFree(&local), "is freed that is not device memory");
  EXPECT_DEATH((void)cudaFreeHost(&local), "freed before, or never allocated");
}

TEST(EmulatedMemoryDeathTest, WhatIsNotFreedIsToldAtTheEnd) {
  const auto leak = [] {
    void *device = nullptr, *host = nullptr;
    (void)cudaMalloc(&device, 400);
    (void)cudaMallocHost(&host, 10);
    std::exit(0);
  };
  EXPECT_EXIT(leak(), testing::ExitedWithCode(1),
              "1 device allocations \\(400 bytes\\) and 1 page-locked allocations were not freed");
}

}  // namespace
}  // namespace cusched::emulation
