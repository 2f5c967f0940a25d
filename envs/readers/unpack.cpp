// SPDX-License-Identifier: MIT
#include "envs/readers/unpack.h"

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <memory>
#include <new>
#include <vector>

#include "cuda/error.h"

namespace cusched {
namespace {

constexpr size_t kLookBytes = size_t{1} << 16;

enum class State { kGoing, kEnd, kDamaged, kTooWide, kNoMemory };  // too wide: of window

// What a library takes and gives in one call.
struct Piece {
  const char* in;
  size_t in_bytes;  // those left over, after the call
  char* out;
  size_t out_bytes;  // the room left over, after the call
};

// One packed stream of a library.
class Stream {
 public:
  virtual ~Stream() = default;
  virtual State step(Piece* piece) = 0;
};

// The libraries' counters are 32 bits wide.
unsigned clipped(size_t bytes) { return static_cast<unsigned>(std::min(bytes, size_t{1} << 30)); }

class GzipStream : public Stream {
 public:
  GzipStream() { CUSCHED_CHECK(inflateInit2(&z_, 16 + MAX_WBITS) == Z_OK, "zlib does not start"); }
  ~GzipStream() override { inflateEnd(&z_); }
  State step(Piece* piece) override {
    const unsigned in = clipped(piece->in_bytes), out = clipped(piece->out_bytes);
    z_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece->in));  // zlib only reads it
    z_.avail_in = in;
    z_.next_out = reinterpret_cast<Bytef*>(piece->out);
    z_.avail_out = out;
    const int result = inflate(&z_, Z_NO_FLUSH);
    piece->in_bytes -= in - z_.avail_in;
    piece->out_bytes -= out - z_.avail_out;
    if (result == Z_STREAM_END) return State::kEnd;
    if (result == Z_MEM_ERROR) return State::kNoMemory;
    return result == Z_OK || result == Z_BUF_ERROR ? State::kGoing : State::kDamaged;
  }

 private:
  z_stream z_{};
};

class XzStream : public Stream {
 public:
  XzStream() {
    CUSCHED_CHECK(lzma_stream_decoder(&z_, kMemoryLimit, 0) == LZMA_OK, "liblzma does not start");
  }
  ~XzStream() override { lzma_end(&z_); }
  State step(Piece* piece) override {
    z_.next_in = reinterpret_cast<const uint8_t*>(piece->in);
    z_.avail_in = piece->in_bytes;
    z_.next_out = reinterpret_cast<uint8_t*>(piece->out);
    z_.avail_out = piece->out_bytes;
    const lzma_ret result = lzma_code(&z_, LZMA_RUN);
    piece->in_bytes = z_.avail_in;
    piece->out_bytes = z_.avail_out;
    if (result == LZMA_STREAM_END) return State::kEnd;
    if (result == LZMA_MEMLIMIT_ERROR) return State::kTooWide;
    if (result == LZMA_MEM_ERROR) return State::kNoMemory;
    return result == LZMA_OK || result == LZMA_BUF_ERROR ? State::kGoing : State::kDamaged;
  }

 private:
  static constexpr uint64_t kMemoryLimit = uint64_t{1} << 30;  // xz -9 takes 65 MiB
  lzma_stream z_ = LZMA_STREAM_INIT;
};

class Bzip2Stream : public Stream {
 public:
  Bzip2Stream() {
    CUSCHED_CHECK(BZ2_bzDecompressInit(&z_, 0, 0) == BZ_OK, "libbz2 does not start");
  }
  ~Bzip2Stream() override { BZ2_bzDecompressEnd(&z_); }
  State step(Piece* piece) override {
    const unsigned in = clipped(piece->in_bytes), out = clipped(piece->out_bytes);
    z_.next_in = const_cast<char*>(piece->in);  // libbz2 only reads it
    z_.avail_in = in;
    z_.next_out = piece->out;
    z_.avail_out = out;
    const int result = BZ2_bzDecompress(&z_);
    piece->in_bytes -= in - z_.avail_in;
    piece->out_bytes -= out - z_.avail_out;
    if (result == BZ_STREAM_END) return State::kEnd;
    if (result == BZ_MEM_ERROR) return State::kNoMemory;
    return result == BZ_OK ? State::kGoing : State::kDamaged;
  }

 private:
  bz_stream z_{};
};

class ZstdStream : public Stream {
 public:
  ZstdStream() : z_(ZSTD_createDStream()) { CUSCHED_CHECK(z_ != nullptr, "zstd does not start"); }
  ~ZstdStream() override { ZSTD_freeDStream(z_); }
  ZstdStream(const ZstdStream&) = delete;  // owns the library's stream
  ZstdStream& operator=(const ZstdStream&) = delete;
  State step(Piece* piece) override {
    ZSTD_inBuffer in{piece->in, piece->in_bytes, 0};
    ZSTD_outBuffer out{piece->out, piece->out_bytes, 0};
    const size_t result = ZSTD_decompressStream(z_, &out, &in);
    piece->in_bytes -= in.pos;
    piece->out_bytes -= out.pos;
    if (ZSTD_isError(result) != 0) {
      const ZSTD_ErrorCode code = ZSTD_getErrorCode(result);
      if (code == ZSTD_error_frameParameter_windowTooLarge) return State::kTooWide;
      return code == ZSTD_error_memory_allocation ? State::kNoMemory : State::kDamaged;
    }
    return result == 0 ? State::kEnd : State::kGoing;
  }

 private:
  ZSTD_DStream* z_;
};

bool begins(std::string_view bytes, std::string_view with) {
  return bytes.substr(0, with.size()) == with;
}

std::unique_ptr<Stream> make_stream(char kind) {
  switch (kind) {
    case 'g':
      return std::make_unique<GzipStream>();
    case 'x':
      return std::make_unique<XzStream>();
    case 'b':
      return std::make_unique<Bzip2Stream>();
    default:
      return std::make_unique<ZstdStream>();
  }
}

std::string progress(const std::string& text) {
  const auto lines = std::count(text.begin(), text.end(), '\n');
  return " after " + std::to_string(lines) + " whole lines (" + std::to_string(text.size()) +
         " bytes unpacked)";
}

}  // namespace

const char* packing_of(std::string_view bytes) {
  if (begins(bytes, "\x1f\x8b")) return "gzip";
  if (begins(bytes, std::string_view("\xfd\x37zXZ\0", 6))) return "xz";
  if (begins(bytes, "BZh") && bytes.size() > 3 && bytes[3] >= '1' && bytes[3] <= '9')
    return "bzip2";
  if (begins(bytes, "\x28\xb5\x2f\xfd")) return "zstd";
  // A frame of zstd that holds something else, which its tools pass over.
  if (bytes.size() >= 4 && (bytes[0] & '\xf0') == '\x50' && begins(bytes.substr(1), "\x2a\x4d\x18"))
    return "zstd";
  return nullptr;
}

Error too_little_memory(const std::string& path, const std::string& so_far) {
  return Error(path + ": needs more memory than there is (" + so_far + ")", "",
               "Cut the file to the part you need, or give the program more memory");
}

std::string unpack(std::string_view bytes, const std::string& where, size_t limit,
                   const std::function<void(std::string_view)>& look) {
  const char* const name = packing_of(bytes);
  CUSCHED_CHECK(name != nullptr, "bytes to unpack are not packed");
  const std::string packing = name;
  const std::string again = "Copy or download the file again; `" + packing + " -t` checks one";
  std::vector<char> room(size_t{1} << 20);
  std::string text;
  for (std::string_view left = bytes; !left.empty();) {
    // Streams of xz are padded with zeros to whole groups of four bytes; tapes fill the last block
    // of a gzip file with zeros.
    const size_t padding = std::min(left.find_first_not_of('\0'), left.size());
    if (packing == "gzip" && padding == left.size()) break;
    if (packing == "xz" && padding > 0 && padding % 4 == 0) {
      left.remove_prefix(padding);
      continue;
    }
    const char* const next = packing_of(left);
    if (next == nullptr || packing != next)
      throw InputError(where,
                       std::to_string(left.size()) + " bytes that are not " + packing +
                           " follow the end of the packed data" + progress(text),
                       again);
    const std::unique_ptr<Stream> stream = make_stream(packing[0]);
    for (State state = State::kGoing; state == State::kGoing;) {
      Piece piece{left.data(), left.size(), room.data(), room.size()};
      state = stream->step(&piece);
      const size_t taken = left.size() - piece.in_bytes, given = room.size() - piece.out_bytes;
      left.remove_prefix(taken);
      if (text.size() + given > limit)
        throw InputError(where, "is larger than 8 GiB unpacked",
                         "Cut the file to the part you need");
      const auto no_memory = [&] {
        return too_little_memory(where, std::to_string(text.size()) + " bytes unpacked so far");
      };
      const bool head = text.size() < kLookBytes;
      try {
        text.append(room.data(), given);
      } catch (const std::bad_alloc&) {
        throw no_memory();
      }
      if (look && head && text.size() >= kLookBytes) look(text);
      if (state == State::kNoMemory) throw no_memory();
      if (state == State::kDamaged)
        throw InputError(where, "its " + packing + " data are damaged" + progress(text), again);
      if (state == State::kTooWide)
        throw InputError(where, "its " + packing + " data need too much memory to be unpacked here",
                         "Unpack the file with " + packing + " first");
      if (state == State::kGoing && taken == 0 && given == 0)
        throw InputError(where, "its " + packing + " data end too early," + progress(text), again);
    }
  }
  return text;
}

}  // namespace cusched
