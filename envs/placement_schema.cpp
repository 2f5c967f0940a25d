// SPDX-License-Identifier: MIT
#include "envs/placement_schema.h"

#include <nlohmann/json.hpp>

#include "envs/json_text.h"
#include "envs/placement.h"

namespace cusched {
namespace {

using Json = nlohmann::ordered_json;

Json field(const std::string& name, const std::string& value) {
  return {{"name", name}, {"value", value}, {"clip", {0.0, 1.0}}};
}

void add_pod(Json* fields, const std::string& prefix) {
  fields->push_back(field(prefix + "cpu", "milli-CPU / that of the largest node"));
  fields->push_back(field(prefix + "memory", "MiB / that of the largest node"));
  fields->push_back(field(prefix + "gpus", "GPUs / 8"));
  fields->push_back(field(prefix + "gpu_milli", "milli of each GPU / 1000"));
}

// Pods behind the current one.
void add_queue(Json* fields) {
  for (int i = 1; i <= placement::kWindow; ++i) {
    const std::string prefix = "next" + std::to_string(i) + "_";
    add_pod(fields, prefix);
    fields->push_back(field(prefix + "priority", "priority / 3"));
    fields->push_back(field(prefix + "run_time", "s / (s + 3600)"));
  }
  for (int i = 0; i < placement::kClasses; ++i)
    fields->push_back(field("pending_class" + std::to_string(i),
                            "pending pods of the list's next most frequent kind / pending pods"));
}

}  // namespace

std::string placement_schema(const placement::Caps& caps, const placement::Params& params) {
  Json globals = Json::array();
  add_pod(&globals, "pod_");
  globals.push_back(field("pod_waited", "rounds waited / 8"));
  globals.push_back(field("pod_skips", "times skipped / skip-limit"));
  globals.push_back(field("pod_fits", "nodes that hold the pod / nodes"));
  globals.push_back(field("pod_position", "position in the round / pods of the round"));
  globals.push_back(field("pod_priority", "priority / 3"));
  globals.push_back(field("pod_run_time", "s / (s + 3600)"));
  globals.push_back(field("gpu_allocation", "GPU milli in use / capacity"));
  globals.push_back(field("cpu_allocation", "milli-CPU in use / capacity"));
  globals.push_back(field("memory_allocation", "MiB in use / capacity"));
  globals.push_back(field("fragmentation", "F of all nodes / GPU milli of the cluster"));
  globals.push_back(field("pending", "pending pods / submitted pods"));
  globals.push_back(field("round", "round / rounds"));
  globals.push_back(field("left", "what is left of the round (static) or of the time (dynamic)"));
  if (params.lookahead) add_queue(&globals);
  Json node = Json::array(
      {field("free_cpu", "free milli-CPU / that of the largest node"),
       field("free_memory", "free MiB / that of the largest node"),
       field("free_gpu", "free GPU milli / 8000"),
       field("cpu", "milli-CPU / that of the largest node"),
       field("memory", "MiB / that of the largest node"), field("gpus", "GPUs / 8"),
       field("largest_free_gpu", "milli / 1000"), field("full_gpus", "fully free GPUs / 8"),
       field("partial_gpu", "free milli of GPUs in use / 8000"),
       field("fragmentation", "F / GPU milli of the node"), field("fits", "1: the pod fits"),
       field("decrease",
             "0.5 + 0.5 x / (|x| + 200), x: decrease of F in milli with the pod placed"),
       field("valid", "1")});
  if (params.features & placement::kFeatureScores) {
    const std::string behind = ", behind the best node's; 0 where the pod does not fit";
    node.push_back(field("fgd_score", "1 / (1 + x), x: points of FGD's score" + behind));
    node.push_back(
        field("decrease_score", "40 / (40 + x), x: milli of the decrease of F" + behind));
    node.push_back(
        field("best_fit", "1 / (1 + x), x: points of best fit, not truncated," + behind));
  }
  if (params.features & placement::kFeatureGpus)
    for (int i = 0; i < placement::kMaxGpus; ++i)
      node.push_back(field("free_gpu" + std::to_string(i), "milli / 1000, the largest first"));
  if (params.features & placement::kFeatureKept)
    for (const char* what : {"cpu", "memory", "gpu"})
      node.push_back(field(std::string("kept_") + what,
                           "share of the node's that stays free with the pod placed; 0 where it "
                           "does not fit"));
  const Json schema = {
      {"environment", Placement::kName},
      {"environment_version", Placement::kVersion},
      {"slots", caps.slots},
      {"globals", caps.globals},
      {"slot_features", caps.node_features},
      {"global_fields", globals},
      {"slot_fields", node},
      {"layout", "global fields, then the slot fields of node 0, 1, ..."},
      {"gpu_choice", params.gpu_choice == placement::GpuChoice::kFgd ? "fgd" : "tightest"},
      {"lookahead", params.lookahead != 0},
      {"actions", params.skip ? "k < K: place the pod on node k; K: skip it"
                              : "k < K: place the pod on node k; K (skip) is masked out"}};
  return json_text(schema);
}

}  // namespace cusched
