// SPDX-License-Identifier: MIT
// libFuzzer target: whatever a text is taken for, its reader returns or throws InputError.
#include <cstddef>
#include <string>

#include "envs/readers/open_trace.h"
#include "tests/fuzz/workload_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace cusched;
  TraceFile file;
  file.path = "fuzz";
  file.text.assign(reinterpret_cast<const char*>(data), size);
  accepts([&] {
    file.format = trace_format(file.text, file.path);
    read_trace(file);
  });
  return 0;
}
