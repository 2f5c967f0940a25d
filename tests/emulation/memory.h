// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace cusched::emulation {

inline constexpr size_t kDeviceMemoryBytes = size_t{4} << 30;  // what the device says it has

// Device memory: ranges of one reserved region of addresses, each ending at a page that nobody may
// touch. The host cannot touch any of it, but while an OpenMemory lives. It is filled with
// kGarbage, and its addresses are used once. All calls hold the lock of the runtime.
inline constexpr unsigned char kGarbage = 0xC7;  // -102,288 as a float, 199 as a byte

void* allocate_device(size_t bytes);  // at a multiple of 256; null when that much is not left
void free_device(void* data);         // faults when it was freed before, or written around
size_t device_bytes_used();

// Page-locked memory of the host.
void* allocate_pinned(size_t bytes);
void free_pinned(void* data);

enum class MemoryKind : uint8_t { kHost, kPinned, kDevice };
// Where `bytes` at `data` lie; `*whole` is false when they lie partly outside what was allocated.
MemoryKind kind_of(const void* data, size_t bytes, bool* whole);

// While one lives, queued work runs: device memory can be touched.
class OpenMemory {
 public:
  OpenMemory();
  ~OpenMemory();
  OpenMemory(const OpenMemory&) = delete;  // a scope ends once
  OpenMemory& operator=(const OpenMemory&) = delete;
};

// What is at an address of device memory, for a report; empty for other addresses.
std::string describe_address(const void* address);

// "2 device allocations (4096 bytes)" that nobody freed; empty when there are none.
std::string describe_leaks();

}  // namespace cusched::emulation
