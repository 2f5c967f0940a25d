// SPDX-License-Identifier: MIT
// A capture records work, forbids what a device forbids, and loses nothing in silence.
#include <functional>
#include <string>
#include <thread>

#include "cuda/graph.h"
#include "cuda/pinned.h"
#include "cuda/stream.h"
#include "tests/emulation/test_kernel.h"

namespace cusched::emulation {
namespace {

const Device kDevice{DeviceKind::kCuda, 0};

__global__ void add_one(int* numbers) { ++numbers[threadIdx.x]; }

// What a call returns inside a capture of its thread, and what the end of the capture returns.
std::pair<cudaError_t, cudaError_t> captured(
    const std::function<cudaError_t(cudaStream_t)>& call,
    cudaStreamCaptureMode mode = cudaStreamCaptureModeThreadLocal) {
  const Stream stream(kDevice);
  const cudaStream_t handle = stream.exec().stream;
  EXPECT_EQ(cudaStreamBeginCapture(handle, mode), cudaSuccess);
  const cudaError_t result = call(handle);
  cudaGraph_t graph = nullptr;
  const cudaError_t end = cudaStreamEndCapture(handle, &graph);
  EXPECT_EQ(graph != nullptr, end == cudaSuccess);
  (void)cudaGraphDestroy(graph);
  return {result, end};
}

TEST(EmulatedCapture, BreaksOffAtCallsThatAllocateOrWait) {
  const Numbers numbers(4);
  Event event(kDevice);
  event.record(kExec);
  const DeviceMemory to_free(kDevice, 16);
  void* data = nullptr;
  const std::function<cudaError_t(cudaStream_t)> calls[] = {
      [&](cudaStream_t) { return cudaMalloc(&data, 16); },
      [&](cudaStream_t) { return cudaFree(to_free.data()); },
      [&](cudaStream_t) { return cudaMallocHost(&data, 16); },
      [&](cudaStream_t) { return cudaFreeHost(nullptr); },
      [&](cudaStream_t) { return cudaMemset(numbers.at(), 0, 16); },
      [&](cudaStream_t s) { return cudaStreamSynchronize(s); },
      [&](cudaStream_t) { return cudaStreamSynchronize(nullptr); },
      [&](cudaStream_t) { return cudaDeviceSynchronize(); },
  };
  const std::pair broken{cudaErrorStreamCaptureUnsupported, cudaErrorStreamCaptureInvalidated};
  for (const auto& call : calls) {
    EXPECT_EQ(captured(call), broken);
    EXPECT_EQ(captured(call, cudaStreamCaptureModeGlobal), broken);
  }
  EXPECT_EQ(numbers.read(), std::vector<int>(4, -1));
}

TEST(EmulatedCapture, RefusesWorkAfterItIsBroken) {
  const Numbers numbers(4);
  const auto result = captured([&](cudaStream_t stream) {
    (void)cudaStreamSynchronize(stream);
    return launch_on(stream, 1, 4, add_one, numbers.at());
  });
  EXPECT_EQ(result.first, cudaErrorStreamCaptureInvalidated);
  EXPECT_EQ(result.second, cudaErrorStreamCaptureInvalidated);
}

TEST(EmulatedCapture, TakesCopiesOfPageLockedMemoryOnly) {
  const Numbers numbers(4);
  const PinnedMemory pinned(kDevice, 16);
  std::vector<int> pageable(4);
  const auto copy = [&](void* host) {
    return captured([&, host](cudaStream_t stream) {
             return cudaMemcpyAsync(host, numbers.at(), 16, cudaMemcpyDefault, stream);
           })
        .first;
  };
  EXPECT_EQ(copy(pinned.data()), cudaSuccess);
  EXPECT_EQ(copy(pageable.data()), cudaErrorStreamCaptureUnsupported);
}

// Relaxed captures forbid nothing, thread-local ones nothing to other threads.
TEST(EmulatedCapture, FollowsItsMode) {
  const auto allocate_and_free = [] {
    void* data = nullptr;
    const cudaError_t result = cudaMalloc(&data, 16);
    return result == cudaSuccess ? cudaFree(data) : result;
  };
  const auto on_another_thread = [&] {
    cudaError_t result = cudaSuccess;
    std::thread([&] { result = allocate_and_free(); }).join();
    return result;
  };
  const auto result = [&](bool other_thread, cudaStreamCaptureMode mode) {
    return captured(
               [&](cudaStream_t) {
                 return other_thread ? on_another_thread() : allocate_and_free();
               },
               mode)
        .first;
  };
  EXPECT_EQ(result(false, cudaStreamCaptureModeRelaxed), cudaSuccess);
  EXPECT_EQ(result(true, cudaStreamCaptureModeThreadLocal), cudaSuccess);
  EXPECT_EQ(result(true, cudaStreamCaptureModeGlobal), cudaErrorStreamCaptureUnsupported);
}

TEST(EmulatedCaptureDeathTest, FindsWorkOnAnotherStream) {
  const Stream other(kDevice);
  const Numbers numbers(4);
  EXPECT_DEATH(captured([&](cudaStream_t) {
                 return launch_on(other.exec().stream, 1, 4, add_one, numbers.at());
               }),
               "on a stream while this thread captures another");
  EXPECT_DEATH(
      captured([&](cudaStream_t) { return launch_on(nullptr, 1, 4, add_one, numbers.at()); }),
      "on a stream while this thread captures another");
}

TEST(EmulatedGraph, IsDoneOnTheStreamThatReplaysIt) {
  const Stream captures(kDevice), replays(kDevice);
  const Numbers numbers({0, 0, 0, 0});
  {
    Graph graph;
    graph.capture(captures.exec(), [&] {
      EXPECT_EQ(launch_on(captures.exec().stream, 1, 4, add_one, numbers.at()), cudaSuccess);
    });
    graph.replay(replays.exec());
    graph.replay(replays.exec());
    synchronize(captures.exec());
    EXPECT_EQ(numbers.read(), std::vector<int>(4, 0));
  }
  synchronize(replays.exec());  // the graph is gone, its launches are not
  EXPECT_EQ(numbers.read(), std::vector<int>(4, 2));
}

}  // namespace
}  // namespace cusched::emulation
