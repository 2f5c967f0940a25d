// SPDX-License-Identifier: MIT
#include "envs/readers/unpack.h"

#include <bzlib.h>
#include <gtest/gtest.h>
#include <lzma.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <fstream>

#include "tests/envs/workload_test_util.h"

namespace cusched {
namespace {

std::string pack(const std::string& packing, const std::string& text) {
  std::string bytes(2 * text.size() + 1024, '\0');
  size_t size = 0;
  if (packing == "gzip") {
    z_stream z{};
    EXPECT_EQ(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    z.avail_in = static_cast<unsigned>(text.size());
    z.next_out = reinterpret_cast<Bytef*>(bytes.data());
    z.avail_out = static_cast<unsigned>(bytes.size());
    EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
    size = bytes.size() - z.avail_out;
    deflateEnd(&z);
  } else if (packing == "xz") {
    EXPECT_EQ(lzma_easy_buffer_encode(
                  6, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const uint8_t*>(text.data()),
                  text.size(), reinterpret_cast<uint8_t*>(bytes.data()), &size, bytes.size()),
              LZMA_OK);
  } else if (packing == "bzip2") {
    unsigned room = static_cast<unsigned>(bytes.size());
    EXPECT_EQ(BZ2_bzBuffToBuffCompress(bytes.data(), &room, const_cast<char*>(text.data()),
                                       static_cast<unsigned>(text.size()), 1, 0, 0),
              BZ_OK);
    size = room;
  } else {
    ZSTD_CCtx* const context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    size = ZSTD_compress2(context, bytes.data(), bytes.size(), text.data(), text.size());
    EXPECT_EQ(ZSTD_isError(size), 0u);
    ZSTD_freeCCtx(context);
  }
  bytes.resize(size);
  return bytes;
}

std::string some_text() {
  std::string text;
  uint32_t draw = 1;
  for (int i = 0; i < 20000; ++i) {
    draw = draw * 1664525u + 1013904223u;
    text += std::to_string(i) + "," + std::to_string(draw) + "\n";
  }
  return text;
}

class Unpack : public testing::TestWithParam<const char*> {};

TEST_P(Unpack, GivesTheBytesBack) {
  const std::string text = some_text(), packed = pack(GetParam(), text);
  EXPECT_LT(packed.size(), text.size());
  EXPECT_STREQ(packing_of(packed), GetParam());
  EXPECT_EQ(unpack(packed, "t"), text);
  EXPECT_EQ(unpack(pack(GetParam(), ""), "t"), "");
}

TEST_P(Unpack, ReadsOnePackedPieceAfterAnother) {
  EXPECT_EQ(unpack(pack(GetParam(), "a\n") + pack(GetParam(), "") + pack(GetParam(), "b\n"), "t"),
            "a\nb\n");
}

TEST_P(Unpack, RefusesEveryCut) {
  const std::string text = some_text(), packed = pack(GetParam(), text);
  for (const size_t less : {size_t{1}, size_t{2}, size_t{4}, size_t{8}, size_t{11}, size_t{40},
                            packed.size() / 3, packed.size() / 2, packed.size() - 20}) {
    const std::string message =
        input_error([&] { unpack(packed.substr(0, packed.size() - less), "t.packed"); });
    EXPECT_NE(message.find("t.packed: its " + std::string(GetParam()) + " data end too early"),
              std::string::npos)
        << less << ": " << message;
    EXPECT_NE(message.find(" whole lines ("), std::string::npos) << message;
  }
  // Also where the cut is behind a whole piece.
  const std::string two = pack(GetParam(), "a\n") + pack(GetParam(), text);
  EXPECT_NE(input_error([&] { unpack(two.substr(0, two.size() - 3), "t"); }).find("too early"),
            std::string::npos);
}

TEST_P(Unpack, RefusesWhatFollowsAndWhatIsDamaged) {
  const std::string text = some_text(), packed = pack(GetParam(), text);
  const std::string message = input_error([&] { unpack(packed + "garbage", "t"); });
  EXPECT_NE(message.find("t: 7 bytes that are not"), std::string::npos) << message;
  EXPECT_NE(message.find("20000 whole lines"), std::string::npos) << message;
  std::string damaged = packed;
  damaged[packed.size() / 2] = static_cast<char>(damaged[packed.size() / 2] ^ 0x10);
  EXPECT_NE(input_error([&] { unpack(damaged, "t"); }).find("are damaged"), std::string::npos);
  // A checksum alone: the last bytes of gzip are the length, those before it the sum.
  if (std::string(GetParam()) == "gzip") {
    damaged = packed;
    damaged[packed.size() - 6] = static_cast<char>(damaged[packed.size() - 6] ^ 1);
    EXPECT_NE(input_error([&] { unpack(damaged, "t"); }).find("are damaged"), std::string::npos);
  }
}

TEST_P(Unpack, StopsAtTheLimit) {
  const std::string text = some_text(), packed = pack(GetParam(), text);
  EXPECT_EQ(unpack(packed, "t", text.size()).size(), text.size());
  EXPECT_NE(input_error([&] { unpack(packed, "t", text.size() - 1); }).find("larger than"),
            std::string::npos);
}

TEST_P(Unpack, ShowsTheFirstBytesBeforeItGoesOn) {
  size_t seen = 0;
  const std::string packed = pack(GetParam(), some_text());
  unpack(packed, "t", kMaxTextBytes, [&](std::string_view head) { seen += head.size(); });
  EXPECT_GE(seen, size_t{1} << 16);
  EXPECT_LE(seen, some_text().size());
  const std::string message = input_error([&] {
    unpack(packed.substr(0, packed.size() / 2), "t", kMaxTextBytes,
           [](std::string_view) { throw InputError("t", "is not wanted", ""); });
  });
  EXPECT_NE(message.find("t: is not wanted"), std::string::npos) << message;  // not: is cut
}

TEST_P(Unpack, SaysThatTheMemoryDoesNotSuffice) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the sanitizer's memory has no limit";
#endif
  const std::string piece = pack(GetParam(), std::string(size_t{1} << 25, 'x'));
  std::string packed;
  for (int i = 0; i < 32; ++i) packed += piece;  // 1 GiB
  size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_AS, &before), 0);
  rlimit small = before;
  small.rlim_cur = pages * static_cast<size_t>(::sysconf(_SC_PAGESIZE)) + (size_t{200} << 20);
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &small), 0);
  std::string message;
  try {
    unpack(packed, "t.packed");
  } catch (const std::exception& error) {
    message = error.what();
  }
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &before), 0);
  EXPECT_NE(message.find("t.packed: needs more memory than there is ("), std::string::npos)
      << message;
  EXPECT_NE(message.find(" bytes unpacked so far)"), std::string::npos) << message;
}

INSTANTIATE_TEST_SUITE_P(Packings, Unpack, testing::Values("gzip", "xz", "bzip2", "zstd"),
                         [](const auto& one) { return std::string(one.param); });

TEST(UnpackXz, TakesPaddingBetweenAndAfter) {
  const std::string zeros(8, '\0');
  EXPECT_EQ(unpack(pack("xz", "a\n") + zeros + pack("xz", "b\n") + zeros, "t"), "a\nb\n");
  EXPECT_NE(input_error([&] { unpack(pack("xz", "a\n") + "\0\0" + "x", "t"); }).find("not xz"),
            std::string::npos);
}

TEST(UnpackGzip, TakesTheZerosThatATapeAdds) {
  for (const size_t zeros : {size_t{1}, size_t{7}, size_t{10240}})
    EXPECT_EQ(unpack(pack("gzip", "a\n") + pack("gzip", "b\n") + std::string(zeros, '\0'), "t"),
              "a\nb\n");
  EXPECT_NE(input_error([&] {
              unpack(pack("gzip", "a\n") + std::string(8, '\0') + "x", "t");
            }).find("9 bytes that are not gzip"),
            std::string::npos);
}

TEST(UnpackPacking, IsToldByTheFirstBytes) {
  EXPECT_EQ(packing_of(""), nullptr);
  EXPECT_EQ(packing_of("BZh"), nullptr);
  EXPECT_EQ(packing_of("submit_s,run_s"), nullptr);
}

}  // namespace
}  // namespace cusched
