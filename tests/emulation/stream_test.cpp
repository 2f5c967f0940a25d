// SPDX-License-Identifier: MIT
// Work is done when something waits for it, and no earlier.
#include "cuda/stream.h"

#include "cuda/pinned.h"
#include "tests/emulation/test_kernel.h"

namespace cusched::emulation {
namespace {

const Device kDevice{DeviceKind::kCuda, 0};

__global__ void add_one(int* numbers) { ++numbers[threadIdx.x]; }

void put_add_one(const Stream& stream, const Numbers& numbers) {
  EXPECT_EQ(launch_on(stream.exec().stream, 1, 4, add_one, numbers.at()), cudaSuccess);
}

TEST(EmulatedStream, DoesNothingBeforeTheHostWaits) {
  const Stream stream(kDevice);
  const Numbers numbers({1, 2, 3, 4});
  std::vector<int> host(4, 0);
  put_add_one(stream, numbers);
  copy_bytes(stream.exec(), host.data(), numbers.at(), 16);
  EXPECT_EQ(host, std::vector<int>(4, 0)) << "the host sees a copy that it did not wait for";
  synchronize(stream.exec());
  EXPECT_EQ(host, (std::vector<int>{2, 3, 4, 5}));
}

TEST(EmulatedStream, DoesNoOtherStreamsWork) {
  const Stream first(kDevice), second(kDevice);
  const Numbers numbers({1, 2, 3, 4});
  std::vector<int> host(4, 0);
  put_add_one(first, numbers);
  copy_bytes(second.exec(), host.data(), numbers.at(), 16);
  synchronize(second.exec());
  EXPECT_EQ(host, (std::vector<int>{1, 2, 3, 4})) << "no event orders the streams";
  ASSERT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  EXPECT_EQ(numbers.read(), (std::vector<int>{2, 3, 4, 5}));
}

TEST(EmulatedStream, EventsOrderStreams) {
  const Stream first(kDevice), second(kDevice);
  const Numbers numbers({1, 2, 3, 4});
  std::vector<int> host(4, 0);
  Event added(kDevice);
  put_add_one(first, numbers);
  added.record(first.exec());
  put_add_one(first, numbers);
  added.wait(second.exec());
  copy_bytes(second.exec(), host.data(), numbers.at(), 16);
  synchronize(second.exec());
  EXPECT_EQ(host, (std::vector<int>{2, 3, 4, 5})) << "what comes after the event is not done";
  EXPECT_TRUE(added.reached());
}

TEST(EmulatedStream, AskingForAnEventMakesProgress) {
  const Stream stream(kDevice);
  const Numbers numbers({1, 2, 3, 4});
  Event added(kDevice);
  for (int i = 0; i < 3; ++i) put_add_one(stream, numbers);
  added.record(stream.exec());
  int questions = 1;
  while (!added.reached()) ++questions;
  EXPECT_EQ(questions, 4);
  EXPECT_EQ(numbers.read(), (std::vector<int>{4, 5, 6, 7}));
}

TEST(EmulatedStream, FreeingWaitsForTheDevice) {
  const Stream stream(kDevice);
  std::vector<int> host(4, 0);
  {
    const Numbers numbers({1, 2, 3, 4});
    copy_bytes(stream.exec(), host.data(), numbers.at(), 16);
  }
  EXPECT_EQ(host, (std::vector<int>{1, 2, 3, 4}));
}

TEST(EmulatedStreamDeathTest, FindsHostMemoryThatChangesBeforeItsCopyIsDone) {
  const Stream stream(kDevice);
  const Numbers numbers(4);
  std::vector<int> host = {1, 2, 3, 4};
  const auto change_too_early = [&] {
    copy_bytes(stream.exec(), numbers.at(), host.data(), 16);
    host[2] = 0;
    synchronize(stream.exec());
  };
  EXPECT_DEATH(change_too_early(), "a copy of 16 bytes to the device finds that the host changed");
}

TEST(EmulatedStream, RefusesWhatIsNotThere) {
  cudaStream_t stream = nullptr;
  ASSERT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
  ASSERT_EQ(cudaStreamDestroy(stream), cudaSuccess);
  EXPECT_EQ(cudaStreamDestroy(stream), cudaErrorInvalidResourceHandle);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaErrorInvalidResourceHandle);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidResourceHandle);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
  EXPECT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamDefault), cudaErrorNotSupported);
}

TEST(EmulatedLaunch, RefusesWhatNoDeviceTakes) {
  const Numbers numbers(4);
  const auto result = [&](dim3 grid, dim3 block) {
    return launch_on(nullptr, grid, block, add_one, numbers.at());
  };
  for (const dim3& block : {dim3(0), dim3(1025), dim3(512, 3), dim3(1, 1, 65)})
    EXPECT_EQ(result(1, block), cudaErrorInvalidConfiguration);
  for (const dim3& grid : {dim3(0), dim3(1u << 31), dim3(1, 65536), dim3(1, 1, 65536)})
    EXPECT_EQ(result(grid, 4), cudaErrorInvalidConfiguration);
  EXPECT_EQ(result(1, 4), cudaSuccess);
  ASSERT_EQ(cudaStreamSynchronize(nullptr), cudaSuccess);
}

}  // namespace
}  // namespace cusched::emulation
