// SPDX-License-Identifier: MIT
// libFuzzer target: no bytes may make the CSV reader do anything but return or throw InputError,
// and what it accepts is replayed.
#include <cstddef>
#include <string>

#include "tests/fuzz/workload_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace cusched;
  const std::string text(reinterpret_cast<const char*>(data), size);
  Trace trace;
  if (!accepts([&] { trace = parse_job_csv(text, "fuzz"); })) return 0;
  WorkloadConfig config;
  config.name = "csv";
  // Small windows at any start, and the first of them alone.
  config.window.length = trace.size() > 2 ? trace.size() / 2 : 0;
  if (size % 2 == 0) config.window.starts = {0, trace.size() - config.window.length};
  ClusterCapacity cluster{64000000, 1 << 30, 1024, {}};
  Workload workload;
  if (accepts([&] { workload = build_trace(trace, config, cluster); })) {
    replay(workload, 64);
    describe(workload);
  }
  return 0;
}
