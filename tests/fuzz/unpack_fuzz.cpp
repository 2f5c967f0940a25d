// SPDX-License-Identifier: MIT
// libFuzzer target: no bytes may make the unpacking of gzip, xz, bzip2 and zstd do anything but
// return or throw InputError, nor give more than the limit.
#include <cstddef>
#include <cstdlib>
#include <string>

#include "envs/readers/unpack.h"
#include "tests/fuzz/workload_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace cusched;
  constexpr size_t kLimit = size_t{1} << 22;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  if (packing_of(bytes) == nullptr) return 0;
  std::string text;
  if (accepts([&] { text = unpack(bytes, "fuzz", kLimit); }) && text.size() > kLimit) std::abort();
  return 0;
}
