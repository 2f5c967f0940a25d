// SPDX-License-Identifier: MIT
#include "bench/measure.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "build_info.h"
#include "cuda/error.h"
#include "cuda/host_info.h"
#include "envs/json_text.h"

namespace cusched {
namespace {

using Json = nlohmann::ordered_json;

double steady_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Json machine(const Device& device) {
  const HostInfo host = host_info();
  Json json = {{"cpu", host.cpu_model},
               {"cores", host.cores},
               {"memory_bytes", host.memory_bytes},
               {"operating_system", host.operating_system}};
  json["name"] = host.cpu_model + ", " + std::to_string(host.cores) + " cores";
  if (device.is_cuda()) {
    const DeviceInfo gpu = device_info(device);
    json["name"] = gpu.name;
    json["gpu"] = {{"name", gpu.name},
                   {"driver", gpu.driver},
                   {"compute_capability", gpu.sm},
                   {"multiprocessors", gpu.cores},
                   {"memory_bytes", gpu.memory_bytes}};
  }
  return json;
}

}  // namespace

Speeds summarise_speeds(std::vector<double> per_s) {
  CUSCHED_CHECK(!per_s.empty(), "no repetition was measured");
  Speeds out;
  out.per_s = per_s;
  std::sort(per_s.begin(), per_s.end());
  const size_t n = per_s.size();
  out.median = (per_s[(n - 1) / 2] + per_s[n / 2]) / 2;
  out.min = per_s.front();
  out.max = per_s.back();
  return out;
}

Speeds measure_speed(const Timing& timing, const Measured& measured) {
  CUSCHED_CHECK(timing.repetitions >= 1 && timing.seconds > 0, "a benchmark needs time");
  const auto now = measured.now_s ? measured.now_s : steady_s;
  int64_t pieces = 1;
  const auto burst = [&] {
    int64_t steps = 0;
    for (int64_t i = 0; i < pieces; ++i) steps += measured.work();
    measured.wait();
    return steps;
  };
  burst();  // the first piece loads, compiles and allocates; it says nothing of the others
  for (;; pieces *= 2) {
    const double begin = now();
    burst();
    if (now() - begin >= timing.seconds / 4 || pieces >= (int64_t{1} << 30)) break;
  }
  std::vector<double> speeds;
  for (int i = 0; i < timing.repetitions; ++i) {
    const double begin = now();
    int64_t steps = 0;
    double took = 0;
    do {
      steps += burst();
      took = now() - begin;
    } while (took < timing.seconds);
    speeds.push_back(static_cast<double>(steps) / took);
  }
  return summarise_speeds(std::move(speeds));
}

std::string bench_json(const BenchResult& result) {
  const Speeds& s = result.steps_per_s;
  Json json;
  json["metric"] = result.metric;
  json["steps_per_s"] = {
      {"median", s.median}, {"min", s.min}, {"max", s.max}, {"repetitions", s.per_s}};
  json.update(Json::parse(result.details_json));
  json["config"] = Json::parse(result.config_json);
  json["machine"] = machine(result.device);
  const BuildInfo& build = build_info();
  json["commit"] = build.commit;
  json["build"] = {{"version", build.version},
                   {"type", build.build_type},
                   {"compiler", build.compiler},
                   {"cuda", build.cuda_version},
                   {"torch", build.torch_version}};
  return json_text(json, 2) + "\n";
}

}  // namespace cusched
