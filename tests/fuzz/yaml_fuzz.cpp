// SPDX-License-Identifier: MIT
// libFuzzer target: no bytes may make the YAML reader of mixes do anything but return or throw
// InputError. What it accepts is replayed; not every time, because building a mix takes
// milliseconds.
#include <cstddef>
#include <string>

#include "tests/fuzz/workload_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace cusched;
  const std::string text(reinterpret_cast<const char*>(data), size);
  MixSpec spec;
  if (!accepts([&] { spec = parse_mix_yaml(text, "fuzz"); })) return 0;
  if (size % 8 != 0 || spec.templates.size() > 3) return 0;
  const ClusterCapacity cluster{
      288000, 1152 * 1024, 8, {{32000, 131072, 2, 4}, {16000, 65536, 0, 8}, {8000, 32768, 0, 4}}};
  Workload workload;
  if (accepts([&] { workload = build_mix(spec, WorkloadConfig{}, cluster); })) {
    replay(workload, 64);
    describe(workload);
  }
  return 0;
}
