// SPDX-License-Identifier: MIT
#include "cuda/launch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "tests/cuda/probe.h"

namespace cusched {
namespace {

// Puts the default back, whatever the test did.
struct HookScope {
  explicit HookScope(HostParallelFor run) { set_host_parallel_for(std::move(run)); }
  ~HookScope() { set_host_parallel_for(nullptr); }
};

// Two threads that each take whole runs of pieces: a pool that is neither OpenMP nor serial.
void run_on_two_threads(int64_t n, int64_t, const std::function<void(int64_t, int64_t)>& body) {
  std::thread other([&] { body(n / 2, n); });
  body(0, n / 2);
  other.join();
}

void expect_every_index_once(int64_t n, int64_t grain) {
  std::vector<std::atomic<int>> visits(static_cast<size_t>(n));
  std::atomic<bool> too_long{false};
  host_parallel_for(n, grain, [&](int64_t begin, int64_t end) {
    if (end - begin > std::max<int64_t>(grain, 1) || begin >= end) too_long = true;
    for (int64_t i = begin; i < end; ++i) ++visits[static_cast<size_t>(i)];
  });
  EXPECT_FALSE(too_long) << "n " << n << ", grain " << grain;
  for (int64_t i = 0; i < n; ++i)
    ASSERT_EQ(visits[static_cast<size_t>(i)], 1) << "index " << i << " of " << n;
}

TEST(HostParallelFor, VisitsEveryIndexOnceInPiecesOfAtMostGrain) {
  for (const int64_t n : {0, 1, 31, 32, 33, 65, 257, 10007})
    for (const int64_t grain : {0, 1, 7, 64, 257, 100000}) expect_every_index_once(n, grain);
}

TEST(HostParallelFor, KeepsItsPromisesOnAnotherPool) {
  const HookScope scope(run_on_two_threads);
  for (const int64_t n : {2, 33, 257, 1000}) expect_every_index_once(n, 7);
}

TEST(HostParallelFor, RunsOnThePoolItIsGiven) {
  int64_t seen_n = 0, seen_grain = 0;
  const HookScope scope([&](int64_t n, int64_t grain, const auto& body) {
    seen_n = n;
    seen_grain = grain;
    body(0, n);
  });
  int64_t sum = 0;
  host_parallel_for(100, 9, [&](int64_t begin, int64_t end) { sum += end - begin; });
  EXPECT_EQ(sum, 100);
  EXPECT_EQ(seen_n, 100);
  EXPECT_EQ(seen_grain, 9);
}

TEST(HostParallelFor, ThrowsTheExceptionOfTheLowestFailingPiece) {
  for (const bool other_pool : {false, true}) {
    const HookScope scope(other_pool ? HostParallelFor(run_on_two_threads) : nullptr);
    for (int repeat = 0; repeat < 20; ++repeat) {
      try {
        host_parallel_for(1000, 1, [&](int64_t begin, int64_t) {
          if (begin == 300 || begin == 700 || begin == 999) throw Error(std::to_string(begin));
        });
        FAIL() << "no exception";
      } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "300");
      }
    }
  }
  expect_every_index_once(100, 3);  // and works afterwards
}

TEST(HostParallelFor, KeepsTheLowestFailureThatComesFirst) {
  const HookScope scope(run_on_two_threads);
  std::atomic<bool> high_started{false}, low_thrown{false};
  try {
    host_parallel_for(100, 1, [&](int64_t begin, int64_t) {
      if (begin == 10) {
        while (!high_started) std::this_thread::yield();
        low_thrown = true;
        throw Error("10");
      }
      if (begin != 50) return;
      high_started = true;
      while (!low_thrown) std::this_thread::yield();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));  // until 10 is kept, most likely
      throw Error("50");
    });
    FAIL() << "no exception";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "10");
  }
}

TEST(HostParallelFor, RunsNestedCallsOnTheCallingThread) {
  for (const bool other_pool : {false, true}) {
    const HookScope scope(other_pool ? HostParallelFor(run_on_two_threads) : nullptr);
    std::atomic<int> inner{0}, moved{0};
    host_parallel_for(64, 1, [&](int64_t, int64_t) {
      const std::thread::id outer = std::this_thread::get_id();
      host_parallel_for(10, 1, [&](int64_t, int64_t) {
        ++inner;
        if (std::this_thread::get_id() != outer) ++moved;
      });
    });
    EXPECT_EQ(inner, 640);
    EXPECT_EQ(moved, 0);
  }
}

TEST(Launch, RunsAFunctorOnEveryElement) {
  std::vector<int64_t> value(10007, 5);
  launch_elements(Exec{}, static_cast<int64_t>(value.size()), test::AddIndex{value.data()}, 64);
  for (size_t i = 0; i < value.size(); ++i)
    ASSERT_EQ(value[i], 5 + static_cast<int64_t>(i) + 1) << i;
  launch_elements(Exec{}, 0, test::AddIndex{nullptr});
}

struct CountLanes {
  std::atomic<int>* visits;
  template <class Group>
  void operator()(const Group& group, int64_t lane) const {
    group.once([&] { ++visits[lane]; });
  }
};

TEST(Launch, RunsAFunctorOnTheLanesOfARange) {
  for (const HostGroup mode : {HostGroup::kSerial, HostGroup::kEmulated32}) {
    std::vector<std::atomic<int>> visits(300);
    launch_lanes_host(mode, 17, 257, CountLanes{visits.data()}, 8);
    for (int64_t lane = 0; lane < 300; ++lane)
      ASSERT_EQ(visits[static_cast<size_t>(lane)], lane >= 17 && lane < 257) << lane;
  }
}

#if !CUSCHED_WITH_CUDA
TEST(Launch, SaysThatTheBuildHasNoCuda) {
  int64_t value = 0;
  const Exec exec{{DeviceKind::kCuda, 0}, nullptr};
  EXPECT_THROW(launch_elements(exec, 1, test::AddIndex{&value}), Error);
}
#endif

}  // namespace
}  // namespace cusched
