// SPDX-License-Identifier: MIT
#include "cuda/graph.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cuda/error.h"
#include "cuda/launch.h"
#include "cuda/nvtx.h"
#include "cuda/pinned.h"
#include "cuda/segment_sums.h"
#include "cuda/stream.h"
#include "tests/cuda/gpu.h"
#include "tests/cuda/probe.h"

namespace cusched {
namespace {

const Device kGpu{DeviceKind::kCuda, 0};

// Captured work is done once a replay, and not by capture() itself: the same on both devices.
void expect_replays(const Device& device) {
  const Stream stream(device);
  const Exec exec = stream.exec();
  constexpr int64_t kRows = 10, kLength = 100, kCount = kRows * kLength;
  const DeviceMemory value(device, kCount * sizeof(int64_t));
  const DeviceMemory total(device, kRows * sizeof(int64_t));
  auto* const values = static_cast<int64_t*>(value.data());
  SegmentSums sums(device, kRows, kLength);
  // Kernels are loaded when they first run, which is not allowed in a capture.
  launch_elements(exec, 1, test::AddIndex{static_cast<int64_t*>(total.data())});

  Graph graph;
  EXPECT_FALSE(graph.captured());
  graph.capture(exec, [&] {
    const NvtxRange range("test");
    launch_elements(exec, kCount, test::AddIndex{values});
    sums.run(exec, values, static_cast<int64_t*>(total.data()));
  });
  EXPECT_TRUE(graph.captured());
  EXPECT_EQ(test::to_host<int64_t>(exec, value), std::vector<int64_t>(kCount, 0));

  for (int replay = 1; replay <= 3; ++replay) {
    graph.replay(exec);
    std::vector<int64_t> want(kCount), totals(kRows);
    for (int64_t i = 0; i < kCount; ++i) {
      want[static_cast<size_t>(i)] = replay * (i + 1);
      totals[static_cast<size_t>(i / kLength)] += replay * (i + 1);
    }
    EXPECT_EQ(test::to_host<int64_t>(exec, value), want) << replay;
    EXPECT_EQ(test::to_host<int64_t>(exec, total), totals) << replay;
  }

  Graph moved(std::move(graph));
  EXPECT_FALSE(graph.captured());
  moved.replay(exec);
  EXPECT_EQ(test::to_host<int64_t>(exec, value)[9], 40);
}

void expect_failures(const Exec& exec) {
  Graph graph;
  EXPECT_THROW(graph.replay(exec), Error);
  EXPECT_THROW(graph.capture(exec, nullptr), Error);
  EXPECT_FALSE(graph.captured());
}

TEST(Graph, ReplayDoesTheCapturedWork) { expect_replays(Device{}); }
TEST(Graph, RefusesWhatWasNotCaptured) { expect_failures(Exec{}); }

TEST(Graph, CaptureReplacesWhatWasCaptured) {
  int first = 0, second = 0;
  Graph graph;
  graph.capture(Exec{}, [&] { ++first; });
  graph.capture(Exec{}, [&] { ++second; });
  graph.replay(Exec{});
  EXPECT_EQ(first, 0);
  EXPECT_EQ(second, 1);
}

TEST(Graph, ExceptionsOfTheWorkComeThrough) {
  Graph graph;
  graph.capture(Exec{}, [] { throw Error("from inside"); });
  EXPECT_THROW(graph.replay(Exec{}), Error);
}

TEST(Event, MeasuresTimeOnTheCpu) {
  Event start(Device{}, true), stop(Device{}, true);
  start.record(Exec{});
  stop.record(Exec{});
  stop.synchronize();
  stop.wait(Exec{});
  EXPECT_TRUE(stop.reached());
  EXPECT_GE(stop.elapsed_s(start), 0.0);
  EXPECT_LE(start.elapsed_s(stop), 0.0);
  EXPECT_THROW(Event(Device{}).elapsed_s(start), Error);
}

TEST(Stream, IsEmptyOnTheCpu) {
  const Stream stream{Device{}};
  EXPECT_FALSE(stream.exec().device.is_cuda());
  EXPECT_EQ(stream.exec().stream, nullptr);
}

#if !CUSCHED_WITH_CUDA
TEST(Stream, SaysThatTheBuildHasNoCuda) {
  EXPECT_THROW(Stream{kGpu}, Error);
  EXPECT_THROW(Event{kGpu}, Error);
  EXPECT_THROW(PinnedMemory(kGpu, 1), Error);
  EXPECT_THROW(DeviceMemory(kGpu, 1), Error);
}
#endif

TEST(GraphGpu, ReplayDoesTheCapturedWork) {
  CUSCHED_SKIP_WITHOUT_GPU();
  expect_replays(kGpu);
}

TEST(GraphGpu, RefusesWhatCannotBeCaptured) {
  CUSCHED_SKIP_WITHOUT_GPU();
  const Stream stream(kGpu);
  expect_failures(stream.exec());
  Graph graph;
  const Exec default_stream{kGpu, nullptr};
  EXPECT_THROW(graph.capture(default_stream, [] {}), Error);
  EXPECT_THROW(graph.capture(stream.exec(), [] { throw Error("from inside"); }), Error);
  EXPECT_THROW(graph.capture(stream.exec(), [&] { synchronize(stream.exec()); }), Error);
  EXPECT_FALSE(graph.captured());
  expect_replays(kGpu);  // and a capture works afterwards
}

// Fewer environments would not help there.
TEST(GraphGpu, AnAllocationInACaptureIsNotTakenForLackOfMemory) {
  CUSCHED_SKIP_WITHOUT_GPU();
  const Stream stream(kGpu);
  const auto problem = [&](const std::function<void()>& work) -> std::string {
    try {
      work();
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const std::string captured = problem([&] {
    Graph graph;
    graph.capture(stream.exec(), [] { const DeviceMemory memory(kGpu, 16); });
  });
  EXPECT_NE(captured.find("captur"), std::string::npos) << captured;
  EXPECT_EQ(captured.find("fewer"), std::string::npos) << captured;
  const std::string full = problem([] { const DeviceMemory memory(kGpu, size_t{1} << 50); });
  EXPECT_NE(full.find("fewer environments"), std::string::npos) << full;
}

TEST(GraphGpu, CountsItsNodes) {
  CUSCHED_SKIP_WITHOUT_GPU();
  const Stream stream(kGpu);
  const Exec exec = stream.exec();
  const DeviceMemory a(kGpu, 800), b(kGpu, 800);
  const PinnedMemory host(kGpu, 800);
  Graph graph;
  graph.capture(exec, [&] {
    fill_bytes(exec, a.data(), 1, 800);
    launch_elements(exec, 100, test::AddIndex{static_cast<int64_t*>(a.data())});
    copy_bytes(exec, b.data(), a.data(), 800);
    copy_bytes(exec, host.data(), b.data(), 800);
  });
  EXPECT_EQ(graph.stats().nodes, 4);
  EXPECT_EQ(graph.stats().fills, 1);
  EXPECT_EQ(graph.stats().kernels, 1);
  EXPECT_EQ(graph.stats().copies, 2);
  EXPECT_EQ(graph.stats().copies_to_host, 1);
  graph.replay(exec);
  synchronize(exec);
  EXPECT_EQ(static_cast<const int64_t*>(host.data())[1], 0x0101010101010103);
}

TEST(EventGpu, OrdersTwoStreams) {
  CUSCHED_SKIP_WITHOUT_GPU();
  const Stream first(kGpu), second(kGpu);
  const int64_t count = 1 << 20;
  const DeviceMemory value(kGpu, static_cast<size_t>(count) * 8);
  auto* const values = static_cast<int64_t*>(value.data());
  Event start(kGpu, true), done(kGpu, true);
  start.record(first.exec());
  for (int i = 0; i < 50; ++i) launch_elements(first.exec(), count, test::AddIndex{values});
  done.record(first.exec());
  done.wait(second.exec());
  launch_elements(second.exec(), count, test::AddIndex{values});
  const std::vector<int64_t> got = test::to_host<int64_t>(second.exec(), value);
  for (int64_t i = 0; i < count; ++i) ASSERT_EQ(got[static_cast<size_t>(i)], 51 * (i + 1));
  EXPECT_TRUE(done.reached());
  EXPECT_GT(done.elapsed_s(start), 0.0);
}

}  // namespace
}  // namespace cusched
