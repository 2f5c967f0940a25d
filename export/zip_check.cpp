// SPDX-License-Identifier: MIT
#include "export/zip_check.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "cuda/error.h"

namespace cusched {
namespace {

constexpr size_t kEntryHeader = 30, kDirectoryHeader = 46, kEnd = 22, kEnd64 = 56, kLocator = 20;
constexpr unsigned kStored = 0, kDeflated = 8;
constexpr uint32_t kFolderAttribute = 0x10;  // LibTorch reads nothing where it is set

struct Damage {
  std::string what;
};

uint32_t crc_of(uint32_t crc, const void* data, size_t size) {
  return static_cast<uint32_t>(crc32_z(crc, static_cast<const Bytef*>(data), size));
}

// The bytes of an archive; what is not in it is damage.
class Archive {
 public:
  explicit Archive(std::string_view bytes) : bytes_(bytes) {}

  std::string_view part(uint64_t at, uint64_t size) const {
    if (at > bytes_.size() || size > bytes_.size() - at) throw Damage{"a part of it is missing"};
    return bytes_.substr(at, size);
  }
  // A little-endian number.
  uint64_t number(uint64_t at, int size) const {
    const std::string_view text = part(at, static_cast<uint64_t>(size));
    uint64_t value = 0;
    for (int i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(text[i]);
    return value;
  }
  bool is(uint64_t at, std::string_view magic) const { return part(at, magic.size()) == magic; }
  size_t size() const { return bytes_.size(); }
  size_t last(std::string_view magic, size_t size) const {
    return bytes_.size() < size ? std::string_view::npos
                                : bytes_.rfind(magic, bytes_.size() - size);
  }

 private:
  std::string_view bytes_;
};

struct Directory {
  uint64_t at = 0, size = 0, entries = 0;
};

Directory find_directory(const Archive& archive) {
  const size_t end = archive.last("PK\5\6", kEnd);
  if (end == std::string_view::npos) throw Damage{"it has no end"};
  Directory found = {archive.number(end + 16, 4), archive.number(end + 12, 4),
                     archive.number(end + 10, 2)};
  size_t behind = end;
  if (end >= kLocator && archive.is(end - kLocator, "PK\6\7")) {
    const uint64_t end64 = archive.number(end - kLocator + 8, 8);
    if (!archive.is(end64, "PK\6\6")) throw Damage{"its end is not where it should be"};
    archive.part(end64, kEnd64);
    found = {archive.number(end64 + 48, 8), archive.number(end64 + 40, 8),
             archive.number(end64 + 32, 8)};
    behind = end64;
  }
  archive.part(found.at, found.size);
  if (found.at + found.size != behind) throw Damage{"its directory has another size"};
  return found;
}

// The CRC-32 of what a raw deflate stream unpacks to; nothing where it is not `size` bytes.
std::optional<uint32_t> unpacked_crc(std::string_view packed, uint64_t size) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw Error("zlib cannot be set up");
  uint32_t crc = 0;
  uint64_t got = 0;
  int state = Z_OK;
  while (state == Z_OK) {
    constexpr size_t kPiece = size_t{1} << 30;  // zlib counts in 32 bits
    if (stream.avail_in == 0) {
      const std::string_view piece = packed.substr(0, kPiece);
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
      stream.avail_in = static_cast<uInt>(piece.size());
      packed.remove_prefix(piece.size());
    }
    std::array<Bytef, 65536> out;
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    state = inflate(&stream, Z_NO_FLUSH);
    const size_t fresh = out.size() - stream.avail_out;
    crc = crc_of(crc, out.data(), fresh);
    got += fresh;
    if (got > size) break;
  }
  const bool whole = state == Z_STREAM_END && got == size && stream.avail_in + packed.size() == 0;
  inflateEnd(&stream);
  if (!whole) return std::nullopt;
  return crc;
}

// Checks the entry whose header in the directory is at `at`; returns where the next one is.
uint64_t check_entry(const Archive& archive, uint64_t at) {
  if (!archive.is(at, "PK\1\2")) throw Damage{"its directory is cut off"};
  archive.part(at, kDirectoryHeader);
  const uint64_t name_size = archive.number(at + 28, 2);
  const std::string name(archive.part(at + kDirectoryHeader, name_size));
  const uint64_t method = archive.number(at + 10, 2), crc = archive.number(at + 16, 4);
  const uint64_t packed = archive.number(at + 20, 4), size = archive.number(at + 24, 4);
  const uint64_t entry = archive.number(at + 42, 4);
  if (std::max({packed, size, entry}) == 0xFFFFFFFF)
    throw Damage{"entry " + name + " lies beyond 4 GiB, which no policy needs"};
  if (method != kStored && method != kDeflated)
    throw Damage{"entry " + name + " is packed in an unknown way"};
  if (!archive.is(entry, "PK\3\4") || archive.number(entry + 26, 2) != name_size ||
      !archive.is(entry + kEntryHeader, name))
    throw Damage{"entry " + name + " is not where it should be"};
  const std::string_view bytes =
      archive.part(entry + kEntryHeader + name_size + archive.number(entry + 28, 2), packed);
  std::optional<uint32_t> found;
  if (method == kDeflated) {
    found = unpacked_crc(bytes, size);
  } else if (packed == size) {
    found = crc_of(0, bytes.data(), bytes.size());
  }
  if (!found) throw Damage{"entry " + name + " has another size"};
  if (*found != crc) throw Damage{"entry " + name + " has another checksum"};
  if (size > 0 && (archive.number(at + 38, 4) & kFolderAttribute) != 0)
    throw Damage{"entry " + name + " is a folder with bytes"};
  return at + kDirectoryHeader + name_size + archive.number(at + 30, 2) +
         archive.number(at + 32, 2);
}

}  // namespace

void check_zip(const std::string& where, std::string_view bytes) {
  try {
    const Archive archive(bytes);
    const Directory directory = find_directory(archive);
    uint64_t at = directory.at;
    for (uint64_t i = 0; i < directory.entries; ++i) at = check_entry(archive, at);
    if (at != directory.at + directory.size) throw Damage{"its directory has another size"};
  } catch (const Damage& damage) {
    throw InputError(where, "is damaged: " + damage.what, "Copy or export it again");
  }
}

}  // namespace cusched
