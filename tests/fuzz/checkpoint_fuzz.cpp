// SPDX-License-Identifier: MIT
// libFuzzer target: no bytes may make the checkpoint reader do anything but return or throw
// InputError. The checksums would stop nearly every mutation at the door, so the same bytes are
// also given to the metadata parser alone and wrapped in a file whose checksums are right.
#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "agents/checkpoint.h"
#include "cuda/error.h"

namespace {

template <class F>
bool accepts(const F& read) {
  try {
    read();
    return true;
  } catch (const cusched::InputError&) {
    return false;
  }
}

void put(std::vector<uint8_t>& bytes, size_t at, uint64_t value, int count) {
  for (int i = 0; i < count; ++i) bytes[at + i] = static_cast<uint8_t>(value >> (8 * i));
}

uint32_t crc_of(const uint8_t* data, size_t size) {
  return static_cast<uint32_t>(crc32_z(0, data, size));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const uint8_t> bytes(data, size);
  accepts([&] { cusched::parse_checkpoint("fuzz", bytes); });

  const std::string text(bytes.begin(), bytes.end());
  const bool meta_ok = accepts([&] { cusched::meta_from_json("fuzz", text); });

  std::vector<uint8_t> file(40 + size);
  std::memcpy(file.data(), "CUSCHEDC", 8);
  put(file, 8, cusched::kCheckpointVersion, 4);
  put(file, 12, crc_of(data, size), 4);
  put(file, 16, size, 8);
  put(file, 36, crc_of(file.data(), 36), 4);
  if (size > 0) std::memcpy(file.data() + 40, data, size);
  const bool file_ok = accepts([&] { cusched::parse_checkpoint("fuzz", file); });
  if (file_ok != meta_ok) std::abort();
  return 0;
}
