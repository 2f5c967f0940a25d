// SPDX-License-Identifier: MIT
#include "envs/admission_inputs.h"

#include <algorithm>
#include <utility>

namespace cusched::admission {

std::vector<InputPart> inputs(const OptionValues& options, const ClusterSpec& cluster,
                              const InputPart& jobs) {
  std::vector<InputPart> parts = options.inputs(
      {"preset", "workload", "trace", "fit-trace", "nodes", "drf-aging-share", "drf-aging-urgent",
       "drf-aging-normal", "drf-aging-per-hour", "drf-aging-max-hours", "drf-aging-cross-classes"});
  // What changes nothing stays out: checkpoints of before there were these settings say none.
  constexpr std::pair<const char*, const char*> kNeutral[] = {
      {"--augment-load", "1"},   {"--augment-arrivals", "0"}, {"--augment-users", "false"},
      {"--augment-jitter", "0"}, {"--augment-model", "0"},    {"--tuned-weights", "1:1"}};
  std::erase_if(parts, [&](const InputPart& part) {
    return std::any_of(std::begin(kNeutral), std::end(kNeutral), [&](const auto& neutral) {
      return part.name == neutral.first && part.text == neutral.second;
    });
  });
  ContentHash hash;
  for (const NodeCapacity& node : cluster.nodes)
    hash.add(node.cpu_milli).add(node.memory_mib).add(node.gpus);
  if (!cluster.capacity.gpu_models.empty()) {  // else: the hash that clusters have always had
    hash.add(cluster.capacity.gpu_models);
    for (const NodeCapacity& node : cluster.nodes) hash.add(node.model);
  }
  parts.push_back({"cluster", count_text(static_cast<int64_t>(cluster.nodes.size()), "node"),
                   hash.text(), options.text("nodes")});
  parts.push_back(jobs);
  return parts;
}

}  // namespace cusched::admission
