// SPDX-License-Identifier: MIT
// libFuzzer target: no bytes may make the checkpoint reader do anything but return or throw
// InputError. The checksums would stop nearly every mutation at the door, so the same bytes are
// also given to the metadata parser alone and wrapped in files whose checksums are right: once as
// metadata, once as the size and the zlib stream of a payload.
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

// A file with right checksums.
std::vector<uint8_t> wrap(std::span<const uint8_t> meta, std::span<const uint8_t> stream,
                          uint64_t payload_bytes) {
  std::vector<uint8_t> file(cusched::kCheckpointHeaderBytes);
  std::memcpy(file.data(), "CUSCHEDC", 8);
  put(file, 8, cusched::kCheckpointVersion, 4);
  put(file, 12, crc_of(meta.data(), meta.size()), 4);
  put(file, 16, meta.size(), 8);
  put(file, 24, stream.size(), 8);
  put(file, 32, payload_bytes, 8);
  put(file, 40, crc_of(stream.data(), stream.size()), 4);
  put(file, 44, crc_of(file.data(), 44), 4);
  file.insert(file.end(), meta.begin(), meta.end());
  file.insert(file.end(), stream.begin(), stream.end());
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const uint8_t> bytes(data, size);
  accepts([&] { cusched::parse_checkpoint("fuzz", bytes); });

  const std::string text(bytes.begin(), bytes.end());
  const bool meta_ok = accepts([&] { cusched::meta_from_json("fuzz", text); });

  // zlib's stream of no bytes.
  static constexpr uint8_t kEmpty[] = {0x78, 0x01, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01};
  const std::vector<uint8_t> file = wrap(bytes, kEmpty, 0);
  const bool file_ok = accepts([&] { cusched::parse_checkpoint("fuzz", file); });
  if (file_ok != meta_ok) std::abort();

  if (size < 8) return 0;
  uint64_t payload_bytes = 0;
  for (int i = 0; i < 8; ++i) payload_bytes |= uint64_t{data[i]} << (8 * i);
  static const std::string meta = cusched::meta_to_json({});
  const std::span<const uint8_t> meta_bytes(reinterpret_cast<const uint8_t*>(meta.data()),
                                            meta.size());
  const std::vector<uint8_t> packed = wrap(meta_bytes, bytes.subspan(8), payload_bytes);
  accepts([&] {
    if (cusched::parse_checkpoint("fuzz", packed).payload.size() != payload_bytes) std::abort();
  });
  return 0;
}
