// SPDX-License-Identifier: MIT
#include "envs/placement_inputs.h"

#include <filesystem>

namespace cusched::placement {
namespace {

InputPart nodes_part(const OptionValues& options, const PlacementData& data) {
  ContentHash hash;
  for (const OpenbNode& node : data.nodes.rows)
    hash.add(node.cpu_milli).add(node.memory_mib).add(node.gpus).add(node.model);
  hash.add(data.nodes.models);
  return {"list of nodes", count_text(static_cast<int64_t>(data.nodes.rows.size()), "node"),
          hash.text(), std::filesystem::path(options.text("nodes")).filename().string()};
}

InputPart pods_part(const OptionValues& options, const PlacementData& data) {
  ContentHash hash;
  for (const OpenbPod& pod : data.pods) {
    hash.add(pod.cpu_milli).add(pod.memory_mib).add(pod.gpus).add(pod.gpu_milli);
    hash.add(pod.models).add(pod.run_s).add(pod.priority).add(pod.spec);
  }
  return {"list of pods", count_text(static_cast<int64_t>(data.pods.size()), "pod"), hash.text(),
          std::filesystem::path(options.text("pods")).filename().string()};
}

InputPart orders_part(const OptionValues& options, const PlacementData& data) {
  if (data.orders.empty()) return {"order of pods", options.text("order")};
  ContentHash hash;
  for (const OpenbOrder& order : data.orders) hash.add(order.pods).add(order.ranks);
  return {"order of pods", count_text(static_cast<int64_t>(data.orders.size()), "given order"),
          hash.text()};
}

}  // namespace

std::vector<InputPart> inputs(const OptionValues& options, const PlacementData& data) {
  std::vector<InputPart> parts = options.inputs({"preset", "nodes", "pods", "order", "rank",
                                                 "workload", "order-seed", "defer", "gpu-weight"});
  parts.push_back(nodes_part(options, data));
  parts.push_back(pods_part(options, data));
  parts.push_back(orders_part(options, data));
  return parts;
}

}  // namespace cusched::placement
