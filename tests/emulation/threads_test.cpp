// SPDX-License-Identifier: MIT
// Threads of a kernel: each runs once, in any order between the places where they meet.
#include <algorithm>
#include <numeric>

#include "cuda/launch.cuh"
#include "tests/cuda/probe.h"
#include "tests/emulation/test_kernel.h"

namespace cusched::emulation {
namespace {

unsigned linear(const uint3& place, const dim3& size) {
  return (place.z * size.y + place.y) * size.x + place.x;
}

__global__ void count_visits(int* visits) {
  const unsigned threads = blockDim.x * blockDim.y * blockDim.z;
  ++visits[linear(blockIdx, gridDim) * threads + linear(threadIdx, blockDim)];
}

TEST(Threads, RunOnceEach) {
  for (const dim3& block : {dim3(1), dim3(33), dim3(1024), dim3(5, 7), dim3(3, 4, 5)})
    for (const dim3& grid : {dim3(1), dim3(6), dim3(3, 2, 4)}) {
      const size_t threads = size_t{block.x} * block.y * block.z * grid.x * grid.y * grid.z;
      const Numbers visits(std::vector<int>(threads, 0));
      run(grid, block, count_visits, visits.at());
      EXPECT_EQ(visits.read(), std::vector<int>(threads, 1));
    }
}

__global__ void note_order(int* count, int* order) {
  order[(*count)++] = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
}

std::vector<int> order_of(int blocks, int threads) {
  const Numbers count(std::vector<int>{0}), order(static_cast<size_t>(blocks * threads));
  run(blocks, threads, note_order, count.at(), order.at());
  return order.read();
}

TEST(Threads, RunInAnotherOrderEachTime) {
  std::vector<int> all(256);
  std::iota(all.begin(), all.end(), 0);
  const std::vector<int> first = order_of(4, 64), second = order_of(4, 64);
  EXPECT_TRUE(std::is_permutation(first.begin(), first.end(), all.begin(), all.end()));
  EXPECT_NE(first, all);
  EXPECT_NE(first, second);
}

// Reverses the numbers of a block through shared memory.
__global__ void reverse(int* numbers, bool wait) {
  __shared__ int shared[64];
  shared[threadIdx.x] = numbers[threadIdx.x];
  if (wait) __syncthreads();
  numbers[threadIdx.x] = shared[63 - threadIdx.x];
}

TEST(Threads, ShowAMissingBarrierOfTheBlock) {
  std::vector<int> values(64), reversed(64);
  for (const bool wait : {true, false}) {
    std::iota(values.begin(), values.end(), wait ? 0 : 100);  // others than in shared memory now
    std::reverse_copy(values.begin(), values.end(), reversed.begin());
    const Numbers numbers(values);
    run(1, 64, reverse, numbers.at(), wait);
    EXPECT_EQ(numbers.read() == reversed, wait);
  }
}

// Each of a group's loops reads what another thread of it writes (tests/cuda/probe.h).
TEST(Threads, ShowADependenceBetweenTheThreadsOfAGroup) {
  std::vector<int> serial(test::kProbeItems);
  test::RacyProbe{serial.data()}(SerialGroup{}, 0);
  const Numbers numbers(serial.size());
  launch_lanes_cuda<32>(kExec, 0, 1, test::RacyProbe{numbers.at()});
  EXPECT_NE(numbers.read(), serial);
}

// Adds up the threads of a warp by reading its neighbours' sums.
__global__ void add_neighbours(int* sums, bool wait) {
  const auto lane = static_cast<int>(threadIdx.x);
  sums[lane] = lane;
  for (int d = 16; d > 0; d /= 2) {
    if (wait) __syncwarp();
    if (lane < d) sums[lane] += sums[lane + d];
  }
}

TEST(Threads, ShowAMissingBarrierOfTheWarp) {
  for (const bool wait : {true, false}) {
    const Numbers sums(32);
    run(1, 32, add_neighbours, sums.at(), wait);
    EXPECT_EQ(sums.read()[0] == 31 * 32 / 2, wait);
  }
}

}  // namespace
}  // namespace cusched::emulation
