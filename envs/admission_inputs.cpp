// SPDX-License-Identifier: MIT
#include "envs/admission_inputs.h"

namespace cusched::admission {

std::vector<InputPart> inputs(const OptionValues& options, const ClusterSpec& cluster,
                              const InputPart& jobs) {
  std::vector<InputPart> parts =
      options.inputs({"preset", "workload", "trace", "fit-trace", "nodes", "drf-aging-share",
                      "drf-aging-urgent", "drf-aging-normal", "drf-aging-per-hour",
                      "drf-aging-max-hours", "drf-aging-cross-classes", "tuned-weights"});
  // What changes nothing stays out: checkpoints of before there was augmentation say none.
  std::erase_if(parts, [](const InputPart& part) {
    return part.name.starts_with("--augment-") &&
           (part.text == "1" || part.text == "0" || part.text == "false");
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
