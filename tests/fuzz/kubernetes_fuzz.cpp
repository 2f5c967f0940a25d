// SPDX-License-Identifier: MIT
// libFuzzer target: no bytes may make the importer of kubernetes files do anything but return or
// throw InputError; what it accepts is a trace, and reads back from its CSV as the same one.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/import_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  cusched::fuzz_import(cusched::TraceFormat::kKubernetes, data, size);
  return 0;
}
