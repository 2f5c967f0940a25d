// SPDX-License-Identifier: MIT
#include "envs/placement_data.h"

#include <algorithm>
#include <numeric>

#include "cuda/error.h"
#include "envs/cluster_spec.h"

namespace cusched {
namespace {

bool is_file(const std::string& text) {
  const auto ends = [&](const std::string& end) {
    return text.size() >= end.size() &&
           text.compare(text.size() - end.size(), end.size(), end) == 0;
  };
  return ends(".csv") || ends(".csv.gz") || text.find('/') != std::string::npos;
}

OpenbNodes nodes_of(const OptionValues& v) {
  const std::string& text = v.text("nodes");
  if (text.empty())
    throw v.error("nodes", "this preset has no nodes of its own",
                  "Give a list with --nodes FILE.csv, e.g. openb_node_list_gpu_node.csv of "
                  "Alibaba's cluster-trace-gpu-v2023");
  if (is_file(text)) return read_openb_nodes(text);
  OpenbNodes nodes;
  nodes.where = v.where("nodes");
  const ClusterSpec cluster = parse_cluster(text, nodes.where);
  nodes.models = cluster.capacity.gpu_models;
  const auto no_model = static_cast<int32_t>(nodes.models.size());
  for (const admission::NodeCapacity& node : cluster.nodes) {
    if (node.gpus > kMaxNodeGpus || node.memory_mib < 1)
      throw v.error("nodes", "a node has more than 8 GPUs or no memory",
                    "Write COUNTxCPUcMEMg[GPUgpu[:MODEL]], e.g. 4x32c128g2gpu");
    nodes.rows.push_back({node.cpu_milli, node.memory_mib, node.gpus,
                          node.model == kNoGpuModel ? no_model : node.model});
  }
  return nodes;
}

// A built-in list: common requests of a shared GPU cluster, the frequent ones several times.
std::vector<OpenbPod> mix() {
  struct Kind {
    int count, cpu_milli, memory_mib, gpus, gpu_milli, run_s, priority;
  };
  static constexpr Kind kKinds[] = {
      {14, 4000, 16384, 1, 1000, 5400, 2},   {10, 8000, 32768, 1, 1000, 10800, 2},
      {5, 12000, 65536, 1, 1000, 21600, 1},  {8, 2000, 8192, 1, 250, 1800, 0},
      {8, 4000, 12288, 1, 500, 3600, 0},     {5, 6000, 16384, 1, 750, 3600, 2},
      {3, 2000, 4096, 1, 100, 900, 0},       {4, 16000, 65536, 2, 1000, 14400, 1},
      {2, 32000, 131072, 4, 1000, 28800, 3}, {1, 64000, 262144, 8, 1000, 43200, 3},
      {6, 4000, 16384, 0, 0, 1800, 0},       {3, 16000, 32768, 0, 0, 3600, 1},
      {1, 32000, 65536, 0, 0, 7200, 2}};
  std::vector<OpenbPod> pods;
  for (const Kind& kind : kKinds) {
    for (int i = 0; i < kind.count; ++i) {
      OpenbPod pod;
      pod.cpu_milli = kind.cpu_milli;
      pod.memory_mib = kind.memory_mib;
      pod.gpus = kind.gpus;
      pod.gpu_milli = kind.gpu_milli;
      pod.run_s = kind.run_s;
      pod.priority = kind.priority;
      pod.number = std::to_string(pods.size());
      pods.push_back(pod);
    }
  }
  return pods;
}

bool fits(const OpenbPod& pod, const OpenbNode& node) {
  return pod.cpu_milli <= node.cpu_milli && pod.memory_mib <= node.memory_mib &&
         pod.gpus <= node.gpus && (pod.models == 0 || (pod.models >> node.model & 1) != 0);
}

placement::Homes homes_of(const OpenbPod& pod, const std::vector<OpenbNode>& nodes) {
  const auto count =
      std::count_if(nodes.begin(), nodes.end(), [&](const OpenbNode& n) { return fits(pod, n); });
  if (count == 0) return placement::Homes::kNone;
  return count == static_cast<int64_t>(nodes.size()) ? placement::Homes::kAll
                                                     : placement::Homes::kSome;
}

// Pods that no empty node holds are never placed: told, and refused where nothing else is left.
void check_pods(const OptionValues& v, const std::string& file, PlacementData* data) {
  int64_t misfits = 0;
  const OpenbPod* first = nullptr;
  for (const OpenbPod& pod : data->pods) {
    data->homes.push_back(homes_of(pod, data->nodes.rows));
    if (data->homes.back() != placement::Homes::kNone) continue;
    if (misfits++ == 0) first = &pod;
  }
  if (misfits == 0) return;
  if (misfits == static_cast<int64_t>(data->pods.size()))
    throw v.error("pods", "no pod of the list fits on any of the nodes",
                  "Compare their CPU, memory, GPUs and gpu_spec with those of --nodes");
  data->notes.push_back(
      std::to_string(misfits) + " of " + std::to_string(data->pods.size()) +
      " pods fit no node, not even an empty one, and " +
      (v.text("mode") == "dynamic" ? "fail when they arrive; the load is that of the others"
                                   : "are never placed") +
      "; the first is pod " + first->number +
      (first->line > 0 ? " (" + file + ":" + std::to_string(first->line) + ")" : ""));
}

}  // namespace

PlacementData load_placement_data(const OptionValues& v, uint64_t seed) {
  PlacementData data;
  data.nodes = nodes_of(v);
  const std::string& pods = v.text("pods");
  if (pods.empty())
    throw v.error("pods", "this preset has no pods of its own",
                  "Give a list with --pods FILE.csv, e.g. openb_pod_list_default.csv");
  data.notes = data.nodes.notes;
  data.pods = pods == "mix" ? mix() : read_openb_pods(pods, data.nodes.models, &data.notes);
  const auto has_gpus = [](const auto& row) { return row.gpus > 0; };
  if (std::none_of(data.nodes.rows.begin(), data.nodes.rows.end(), has_gpus))
    throw v.error("nodes", "the cluster has no GPU", "Give nodes with GPUs: pods ask for them");
  if (std::none_of(data.pods.begin(), data.pods.end(), has_gpus))
    throw v.error("pods", "no pod asks for a GPU", "Give pods with GPUs");
  check_pods(v, pods, &data);
  if (v.text("mode") == "dynamic")
    for (const OpenbPod& pod : data.pods)
      if (pod.run_s < 0)
        throw v.error("pods",
                      "the run time of the pod in " + pods + ":" + std::to_string(pod.line) +
                          " is not known: creation_time or deletion_time is empty or missing",
                      "mode dynamic needs run times: give another list, or mode static");
  const std::vector<std::string> files = v.list("order");
  const bool drawn = files.size() == 1 && (files[0] == "synth" || files[0] == "resample");
  if (drawn || files.empty()) {
    if (!v.text("rank").empty())
      throw v.error("rank", "ranks belong to an order read from files",
                    "Give --order FILE too, or leave --rank out: ranks are drawn");
    return data;
  }
  OpenbChoice choice;
  choice.workload_given = v.text("workload") != "auto";
  choice.workload = choice.workload_given ? v.text("workload") : openb_workload_name(pods);
  if (v.text("order-seed") != "auto") choice.seed = v.integer("order-seed", 0, int64_t{1} << 50);
  choice.preferred_seed = static_cast<int64_t>(seed);
  data.orders = read_openb_orders(files, v.text("rank"), choice, data.pods,
                                  static_cast<int>(data.nodes.rows.size()));
  return data;
}

OrderTable order_table(const std::vector<OpenbOrder>& orders, int nodes) {
  OrderTable table;
  for (const OpenbOrder& order : orders) {
    table.pods.insert(table.pods.end(), order.pods.begin(), order.pods.end());
    table.begin.push_back(static_cast<int32_t>(table.pods.size()));
    const size_t row = table.ranks.size();
    table.ranks.insert(table.ranks.end(), order.ranks.begin(), order.ranks.end());
    table.ranks.resize(row + static_cast<size_t>(nodes));
    if (order.ranks.empty()) std::iota(table.ranks.begin() + row, table.ranks.end(), 0);
  }
  return table;
}

}  // namespace cusched
