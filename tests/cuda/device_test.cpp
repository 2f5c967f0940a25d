// SPDX-License-Identifier: MIT
#include "cuda/device.h"

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "cuda/error.h"
#include "cuda/host_info.h"
#include "cuda/pinned.h"

namespace cusched {
namespace {

std::string message_of(const std::string& text) {
  try {
    parse_device(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Device, ParsesWhatItPrints) {
  EXPECT_FALSE(parse_device("cpu").is_cuda());
  EXPECT_EQ(to_string(parse_device("cpu")), "cpu");
  EXPECT_EQ(to_string(Device{DeviceKind::kCuda, 3}), "cuda:3");
  EXPECT_EQ(parse_device("auto").is_cuda(), cuda_device_count() > 0);
  EXPECT_EQ(cuda_problem().empty(), cuda_device_count() > 0);
}

TEST(Device, RefusesUnknownWordsNamingTheFlagAndTheChoices) {
  for (const char* text : {"", "gpu", "CPU", "cuda:", "cuda:-1", "cuda:1x", "cuda:x", "cuda0",
                           "cuda: 0", "cuda:+1", "cuda:99999999999999999999", "cpu:0"}) {
    const std::string message = message_of(text);
    EXPECT_NE(message.find("--device"), std::string::npos) << text;
    EXPECT_NE(message.find("unknown device \"" + std::string(text) + "\""), std::string::npos);
    EXPECT_NE(message.find("auto, cpu, cuda"), std::string::npos) << text;
  }
}

TEST(Device, SaysWhyACudaDeviceIsNotThere) {
  const std::string message = message_of("cuda:4096");
  if (cuda_device_count() > 0) {
    EXPECT_NE(message.find("cuda:0 to cuda:"), std::string::npos) << message;
  } else {
    EXPECT_NE(message.find(cuda_problem()), std::string::npos) << message;
    EXPECT_NE(message.find("Use --device cpu"), std::string::npos) << message;
    EXPECT_FALSE(message_of("cuda").empty());
  }
}

TEST(Device, DescribesTheCpu) {
  const DeviceInfo info = device_info(Device{});
  EXPECT_FALSE(info.name.empty());
  EXPECT_GE(info.cores, 1);
  EXPECT_GT(info.memory_bytes, int64_t{1} << 20);
  EXPECT_EQ(info.sm, 0);
  const HostInfo host = host_info();
  EXPECT_EQ(host.cores, info.cores);
  EXPECT_LE(host.available_bytes, host.memory_bytes);
  EXPECT_GT(available_host_bytes(), 0);
}

TEST(Device, FormatsBytes) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(1536), "1.5 KiB");
  EXPECT_EQ(format_bytes(int64_t{3} << 30), "3.0 GiB");
}

TEST(DeviceMemory, IsZeroedAndAligned) {
  for (const size_t bytes : {size_t{1}, size_t{63}, size_t{4096}, size_t{5} << 20}) {
    // Dirty a block of the same size first: the allocator is likely to hand it out again.
    {
      DeviceMemory dirty(Device{}, bytes);
      std::memset(dirty.data(), 0xAB, bytes);
    }
    const DeviceMemory memory(Device{}, bytes);
    EXPECT_EQ(memory.size(), bytes);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory.data()) % 256, 0u);
    const auto* const data = static_cast<const unsigned char*>(memory.data());
    for (size_t i = 0; i < bytes; ++i) ASSERT_EQ(data[i], 0) << i;
  }
}

TEST(DeviceMemory, MovesItsBlock) {
  DeviceMemory a(Device{}, 100);
  void* const data = a.data();
  DeviceMemory b(std::move(a));
  EXPECT_EQ(b.data(), data);
  EXPECT_EQ(a.data(), nullptr);
  EXPECT_EQ(a.size(), 0u);
  DeviceMemory c;
  EXPECT_EQ(c.data(), nullptr);
  c = std::move(b);
  EXPECT_EQ(c.data(), data);
  EXPECT_EQ(c.size(), 100u);
  EXPECT_EQ(DeviceMemory(Device{}, 0).data(), nullptr);
}

TEST(DeviceMemory, RefusesMoreThanThereIsWithAMessage) {
  for (const size_t bytes : {size_t{1} << 50, size_t{1} << 62, ~size_t{0}, ~size_t{0} - 4096}) {
    try {
      const DeviceMemory memory(Device{}, bytes);
      FAIL() << bytes;
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_NE(message.find("cannot allocate"), std::string::npos) << message;
      EXPECT_NE(message.find("are available"), std::string::npos) << message;
      EXPECT_NE(message.find("fewer environments"), std::string::npos) << message;
    }
  }
}

TEST(DeviceMemory, CopiesAndFills) {
  const Exec exec;
  std::vector<int> from(1000), to(1000);
  std::iota(from.begin(), from.end(), 1);
  DeviceMemory memory(exec.device, 4000);
  copy_bytes(exec, memory.data(), from.data(), 4000);
  copy_bytes(exec, to.data(), memory.data(), 4000);
  EXPECT_EQ(from, to);
  fill_bytes(exec, memory.data(), 0x5A, 4000);
  copy_bytes(exec, to.data(), memory.data(), 4000);
  for (const int value : to) ASSERT_EQ(value, 0x5A5A5A5A);
  copy_bytes(exec, nullptr, nullptr, 0);
  fill_bytes(exec, nullptr, 0, 0);
  synchronize(exec);
}

TEST(PinnedMemory, IsPlainZeroedMemoryOnTheCpu) {
  PinnedMemory a(Device{}, 64);
  auto* const data = static_cast<char*>(a.data());
  for (int i = 0; i < 64; ++i) ASSERT_EQ(data[i], 0);
  const PinnedMemory b(std::move(a));
  EXPECT_EQ(b.data(), data);
  EXPECT_EQ(b.size(), 64u);
  EXPECT_EQ(a.data(), nullptr);
}

}  // namespace
}  // namespace cusched
