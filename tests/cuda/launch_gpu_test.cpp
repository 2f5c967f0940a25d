// SPDX-License-Identifier: MIT
// Kernels of probe_kernels.cu against the same functors on the host.
#include <gtest/gtest.h>

#include <vector>

#include "cuda/launch.h"
#include "cuda/stream.h"
#include "tests/cuda/gpu.h"
#include "tests/cuda/probe.h"

namespace cusched {
namespace {

using test::kProbeItems;
using test::kProbeResults;

const Device kGpu{DeviceKind::kCuda, 0};

TEST(LaunchGpu, ElementsGiveTheSameBitsAsOnTheHost) {
  CUSCHED_SKIP_WITHOUT_GPU();
  const Stream stream(kGpu);
  for (const int64_t count : {1, 31, 33, 257, 100000}) {
    std::vector<uint64_t> host(static_cast<size_t>(count));
    launch_elements(Exec{}, count, test::ElementProbe{host.data()});
    const DeviceMemory out(kGpu, host.size() * sizeof(uint64_t));
    launch_elements(stream.exec(), count, test::ElementProbe{static_cast<uint64_t*>(out.data())});
    EXPECT_EQ(test::to_host<uint64_t>(stream.exec(), out), host) << count;
  }
}

#if CUSCHED_WITH_CUDA
template <int W>
void expect_probe_equals_host() {
  const Stream stream(kGpu);
  const Exec exec = stream.exec();
  const int64_t lanes = 2 * (kProbeItems + 1) + 7;  // the last block is not full
  std::vector<int64_t> results(static_cast<size_t>(lanes * kProbeResults));
  std::vector<int64_t> scanned(static_cast<size_t>(lanes * kProbeItems));
  std::vector<int32_t> items(scanned.size());
  launch_lanes_host(HostGroup::kSerial, 0, lanes,
                    test::GroupProbe{results.data(), items.data(), scanned.data()}, 16);

  const DeviceMemory gpu_results(kGpu, results.size() * sizeof(int64_t));
  const DeviceMemory gpu_scanned(kGpu, scanned.size() * sizeof(int64_t));
  const DeviceMemory gpu_items(kGpu, items.size() * sizeof(int32_t));
  const test::GroupProbe probe{static_cast<int64_t*>(gpu_results.data()),
                               static_cast<int32_t*>(gpu_items.data()),
                               static_cast<int64_t*>(gpu_scanned.data())};
  launch_lanes_cuda<W>(exec, 0, 100, probe);  // a range in two parts
  launch_lanes_cuda<W>(exec, 100, lanes, probe);
  EXPECT_EQ(test::to_host<int64_t>(exec, gpu_results), results);
  EXPECT_EQ(test::to_host<int64_t>(exec, gpu_scanned), scanned);
  EXPECT_EQ(test::to_host<int32_t>(exec, gpu_items), items);
}

TEST(GroupGpu, OneThreadEqualsTheHost) {
  CUSCHED_SKIP_WITHOUT_GPU();
  expect_probe_equals_host<1>();
}

TEST(GroupGpu, EightThreadsEqualTheHost) {
  CUSCHED_SKIP_WITHOUT_GPU();
  expect_probe_equals_host<8>();
}

TEST(GroupGpu, AWarpEqualsTheHost) {
  CUSCHED_SKIP_WITHOUT_GPU();
  expect_probe_equals_host<32>();
}
#endif

TEST(DeviceGpu, MemoryIsZeroedAndDescribed) {
  CUSCHED_SKIP_WITHOUT_GPU();
  const Stream stream(kGpu);
  const DeviceMemory memory(kGpu, 1 << 20);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(memory.data()) % 256, 0u);
  EXPECT_EQ(test::to_host<uint8_t>(stream.exec(), memory), std::vector<uint8_t>(1 << 20, 0));
  const DeviceInfo info = device_info(kGpu);
  EXPECT_FALSE(info.name.empty());
  EXPECT_FALSE(info.driver.empty());
  EXPECT_GE(info.sm, 90);
  EXPECT_GT(info.cores, 0);
  EXPECT_GT(info.memory_bytes, int64_t{1} << 30);
}

}  // namespace
}  // namespace cusched
