// SPDX-License-Identifier: MIT
#include "tests/emulation/memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>

#include "tests/emulation/fault.h"

namespace cusched::emulation {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kAlign = 256;
constexpr size_t kRegion = size_t{1} << 42;  // addresses only
constexpr size_t kGap = size_t{64} << 10;    // between allocations

// An allocation lies at the end of its pages, so that a step beyond it is noticed.
struct Block {
  char* pages;
  size_t page_bytes, bytes;
};

struct Memory {
  char* region = nullptr;
  size_t next = 0;  // first unused byte of the region
  size_t used = 0;
  int open = 0;
  std::map<char*, Block> device;  // by what the program calls the address
  std::map<char*, Block> freed;
  std::map<char*, size_t> pinned;
};
Memory& memory = *new Memory;  // outlives every static object that frees its memory at exit

bool in_region(const void* address) {
  const auto* const at = static_cast<const char*>(address);
  return memory.region != nullptr && at >= memory.region && at < memory.region + kRegion;
}

void protect(const Block& block, bool open) {
  if (mprotect(block.pages, block.page_bytes, open ? PROT_READ | PROT_WRITE : PROT_NONE) != 0)
    fault("the protection of device memory cannot be changed");
}

void protect_all(bool open) {
  for (const auto& [data, block] : memory.device) protect(block, open);
}

void* reserve(void* at, size_t bytes, int fixed) {
  return mmap(at, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | fixed, -1, 0);
}

// The allocation that holds `address`, or the nearest below; null when there is none.
const std::pair<char* const, Block>* block_below(const std::map<char*, Block>& blocks,
                                                 const void* address) {
  auto found = blocks.upper_bound(const_cast<char*>(static_cast<const char*>(address)));
  return found == blocks.begin() ? nullptr : &*--found;
}

bool all_garbage(const char* begin, const char* end) {
  return std::all_of(begin, end, [](char c) { return static_cast<unsigned char>(c) == kGarbage; });
}

}  // namespace

void* allocate_device(size_t bytes) {
  if (bytes > kDeviceMemoryBytes - memory.used) return nullptr;
  if (memory.region == nullptr) {
    void* const region = reserve(nullptr, kRegion, 0);
    if (region == MAP_FAILED) fault("there are no addresses for device memory");
    memory.region = static_cast<char*>(region);
    memory.next = kGap;
  }
  const size_t rounded = (bytes + kAlign - 1) / kAlign * kAlign;
  const size_t page_bytes = (bytes + kPage - 1) / kPage * kPage;
  if (page_bytes + kGap > kRegion - memory.next) fault("all addresses of device memory were used");
  char* const pages = memory.region + memory.next;
  memory.next += page_bytes + kGap;
  const Block block{pages, page_bytes, bytes};
  char* const data = pages + page_bytes - rounded;
  // A mark that the gaps lack: the kernel then keeps the allocation as an area of its own, instead
  // of cutting it out of the region whenever it is opened, and back.
  (void)madvise(pages, page_bytes, MADV_DONTDUMP);
  protect(block, true);
  std::memset(pages, kGarbage, page_bytes);
  if (memory.open == 0) protect(block, false);
  memory.device[data] = block;
  memory.used += bytes;
  return data;
}

void free_device(void* data) {
  const auto found = memory.device.find(static_cast<char*>(data));
  if (found == memory.device.end())
    fault(memory.freed.count(static_cast<char*>(data)) > 0
              ? "device memory is freed that was freed before"
              : "memory is freed that is not device memory");
  const Block block = found->second;
  protect(block, true);
  const char* const end = found->first + block.bytes;
  if (!all_garbage(block.pages, found->first) || !all_garbage(end, block.pages + block.page_bytes))
    fault("a kernel wrote beside an allocation of " + std::to_string(block.bytes) + " bytes");
  if (reserve(block.pages, block.page_bytes, MAP_FIXED) == MAP_FAILED)
    fault("device memory cannot be given back");
  memory.used -= block.bytes;
  memory.freed.insert(*found);
  memory.device.erase(found);
}

size_t device_bytes_used() { return memory.used; }

void* allocate_pinned(size_t bytes) {
  void* const data = std::malloc(bytes);
  if (data == nullptr) return nullptr;
  std::memset(data, kGarbage, bytes);
  memory.pinned[static_cast<char*>(data)] = bytes;
  return data;
}

void free_pinned(void* data) {
  if (memory.pinned.erase(static_cast<char*>(data)) == 0)
    fault("page-locked memory is freed that was freed before, or never allocated");
  std::free(data);
}

MemoryKind kind_of(const void* data, size_t bytes, bool* whole) {
  const auto* const at = static_cast<const char*>(data);
  *whole = true;
  if (in_region(data)) {
    const auto* const found = block_below(memory.device, data);
    *whole = found != nullptr && at + bytes <= found->first + found->second.bytes;
    return MemoryKind::kDevice;
  }
  auto found = memory.pinned.upper_bound(const_cast<char*>(at));
  if (found == memory.pinned.begin()) return MemoryKind::kHost;
  --found;
  if (at >= found->first + found->second) return MemoryKind::kHost;
  *whole = at + bytes <= found->first + found->second;
  return MemoryKind::kPinned;
}

OpenMemory::OpenMemory() {
  if (memory.open++ == 0) protect_all(true);
}
OpenMemory::~OpenMemory() {
  if (--memory.open == 0) protect_all(false);
}

std::string describe_address(const void* address) {
  if (!in_region(address)) return "";
  const auto* const at = static_cast<const char*>(address);
  const auto* const live = block_below(memory.device, address);
  const auto* const dead = block_below(memory.freed, address);
  if (dead != nullptr && at < dead->first + dead->second.bytes)
    return "in freed device memory of " + std::to_string(dead->second.bytes) + " bytes";
  if (live == nullptr) return "in device memory that nobody allocated";
  const auto offset = static_cast<size_t>(at - live->first);
  return "at byte " + std::to_string(offset) + " of device memory of " +
         std::to_string(live->second.bytes) + " bytes";
}

std::string describe_leaks() {
  std::string text;
  if (!memory.device.empty())
    text = std::to_string(memory.device.size()) + " device allocations (" +
           std::to_string(memory.used) + " bytes)";
  if (!memory.pinned.empty())
    text += (text.empty() ? "" : " and ") + std::to_string(memory.pinned.size()) +
            " page-locked allocations";
  return text;
}

}  // namespace cusched::emulation
