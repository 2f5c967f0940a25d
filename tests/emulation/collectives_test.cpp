// SPDX-License-Identifier: MIT
// What the threads of a warp exchange, and the reports about threads that do not meet.
#include "tests/emulation/test_kernel.h"

namespace cusched::emulation {
namespace {

// The mask of the `width` neighbouring lanes that a thread belongs to.
unsigned group_mask(int width) {
  return (~0u >> (32 - width)) << (threadIdx.x & 31 & ~static_cast<unsigned>(width - 1));
}

// What each lane finds: (shuffles of three kinds, ballot) for neighbours of `width`.
__global__ void exchange(int* found, int width) {
  const auto lane = static_cast<int>(threadIdx.x & 31);
  const unsigned mask = group_mask(width);
  int* const own = found + 4 * threadIdx.x;
  own[0] = __shfl_sync(mask, 10 * lane, lane + 3, width);
  own[1] = __shfl_xor_sync(mask, 10 * lane, width / 2, width);
  own[2] = __shfl_up_sync(mask, 10 * lane, 3, width);
  own[3] = static_cast<int>(__ballot_sync(mask, lane % 3 == 0));
}

TEST(Collectives, ExchangeWithinAGroup) {
  for (const int width : {2, 8, 32}) {
    const Numbers found(size_t{4} * 64);
    run(1, 64, exchange, found.at(), width);
    const std::vector<int> numbers = found.read();
    for (int thread = 0; thread < 64; ++thread) {
      const int lane = thread % 32, rank = lane % width, first = lane - rank;
      const int* const own = numbers.data() + 4 * thread;
      EXPECT_EQ(own[0], 10 * (first + (lane + 3) % width));
      EXPECT_EQ(own[1], 10 * (lane ^ (width / 2)));
      EXPECT_EQ(own[2], 10 * (rank < 3 ? lane : lane - 3));
      unsigned votes = 0;
      for (int l = first; l < first + width; ++l) votes |= (l % 3 == 0 ? 1u : 0u) << l;
      EXPECT_EQ(static_cast<unsigned>(own[3]), votes);
    }
  }
}

__global__ void exchange_wide(long long* numbers) {
  numbers[threadIdx.x] = __shfl_xor_sync(~0u, numbers[threadIdx.x], 1);
}

TEST(Collectives, ExchangeAllBitsOfANumber) {
  std::vector<long long> values(32);
  for (size_t i = 0; i < 32; ++i) values[i] = -0x123456789abLL * static_cast<long long>(i + 1);
  const DeviceMemory memory = test::to_device(kExec, values);
  run(1, 32, exchange_wide, static_cast<long long*>(memory.data()));
  const std::vector<long long> got = test::to_host<long long>(kExec, memory);
  for (size_t i = 0; i < 32; ++i) EXPECT_EQ(got[i], values[i ^ 1]);
}

__global__ void leave_the_warp() {
  if (threadIdx.x < 5) return;
  __syncwarp();
}
__global__ void leave_the_block(int barriers) {
  for (int i = 0; i < barriers; ++i) {
    if (threadIdx.x == 70 && i == 1) return;
    __syncthreads();
  }
}
__global__ void meet_at_different_kinds() {
  if (threadIdx.x % 2 == 0) {
    __syncwarp();
  } else {
    (void)__ballot_sync(~0u, 1);
  }
}
__global__ void meet_at_different_lines() {
  if (threadIdx.x == 9) {
    __syncthreads();
  } else {
    __syncthreads();
  }
}
__global__ void meet_with_different_masks() { __syncwarp(threadIdx.x < 16 ? 0xffffu : ~0u); }
__global__ void leave_out_oneself() { __syncwarp(0xfffffffeu); }
__global__ void name_threads_that_are_not_there() { __syncwarp(); }
__global__ void read_from_outside() { (void)__shfl_sync(group_mask(8), 1, 0); }

TEST(CollectivesDeathTest, NamesKernelBlockThreadsAndWhatTheyWaitFor) {
  EXPECT_DEATH(run(1, 32, leave_the_warp),
               "wait for others that do not come, in block \\(0, 0, 0\\) of the kernel \\(\\):\n"
               "  thread \\(0, 0, 0\\) to \\(4, 0, 0\\): has left the kernel\n"
               "  thread \\(5, 0, 0\\) to \\(31, 0, 0\\): waits at __syncwarp "
               "\\(.*collectives_test.cpp:[0-9]+, mask 0xffffffff\\)");
  EXPECT_DEATH(run(1, 96, leave_the_block, 2),
               "of the kernel \\(int\\):\n.*thread \\(70, 0, 0\\): has left the kernel\n.*"
               "waits at __syncthreads");
}

TEST(CollectivesDeathTest, FindsThreadsThatMeetElsewhere) {
  EXPECT_DEATH(run(1, 32, meet_at_different_kinds), "meet at different places");
  EXPECT_DEATH(run(1, 32, meet_at_different_lines), "meet at different places");
  EXPECT_DEATH(run(1, 32, meet_with_different_masks), "different places|do not come");
}

TEST(CollectivesDeathTest, FindsWrongMasks) {
  EXPECT_DEATH(run(1, 32, leave_out_oneself), "mask does not name the thread itself");
  EXPECT_DEATH(run(1, 20, name_threads_that_are_not_there),
               "names threads that the block does not");
  EXPECT_DEATH(run(1, 32, read_from_outside), "reads from a lane that does not take part");
}

}  // namespace
}  // namespace cusched::emulation
