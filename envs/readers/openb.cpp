// SPDX-License-Identifier: MIT
#include "envs/readers/openb.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <unordered_set>

#include "cuda/error.h"
#include "envs/readers/gpu_spec.h"
#include "envs/readers/openb_table.h"

namespace cusched {
namespace {

constexpr double kMaxAmount = 1 << 30;  // milli-CPU and MiB of a node or pod

// Bits of the models in "A|B"; every model has to be one of the nodes'.
uint32_t models_of(const std::string& spec, const std::vector<std::string>& models,
                   const OpenbTable& table) {
  uint32_t bits = 0;
  for (const std::string& name : gpu_spec_names(spec, table.where("gpu_spec"))) {
    const auto found = std::find(models.begin(), models.end(), name);
    if (found == models.end()) {
      std::string known;
      for (const std::string& model : models) known += (known.empty() ? "" : ", ") + model;
      throw InputError(table.where("gpu_spec"), "no node has the GPU model '" + name + "'",
                       known.empty() ? "Leave gpu_spec empty: the nodes have no models"
                                     : "The nodes have " + known);
    }
    bits |= uint32_t{1} << (found - models.begin());
  }
  return bits;
}

int32_t priority_of(const std::string& qos, const OpenbTable& table) {
  if (qos.empty()) return 0;
  const int32_t priority = openb_priority(qos);
  if (priority < 0)
    throw InputError(table.where("qos"), "'" + qos + "' is no QoS class", kOpenbQosAdvice);
  return priority;
}

// Seconds from scheduling (creation, where it was never scheduled) to deletion, at least 1; -1
// where one of the two is not known.
int32_t run_of(OpenbTable& table) {
  const auto time = [&](const char* column) { return table.has(column) ? table.time(column) : -1; };
  const double scheduled = time("scheduled_time"), end = time("deletion_time");
  const double start = scheduled >= 0 ? scheduled : time("creation_time");
  if (start < 0 || end < 0) return -1;
  if (end < start)
    throw InputError(table.where("deletion_time"), "the pod ends before it starts",
                     "Times are seconds after a common origin, or dates");
  if (end - start > kMaxAmount)
    throw InputError(table.where("deletion_time"), "over 34 years after its start",
                     "Correct one of the two times");
  return static_cast<int32_t>(std::max(std::floor(end - start + 0.5), 1.0));
}

void note_repeated(const std::string& path, int64_t count, const std::string& what,
                   std::vector<std::string>* notes) {
  if (count > 0)
    notes->push_back(path + ": " + std::to_string(count) + " " + what +
                     " have the name of an earlier one: all of them are kept");
}

}  // namespace

int32_t openb_priority(const std::string& qos) {
  constexpr const char* kClasses[] = {"BE", "Burstable", "LS", "Guaranteed"};
  const auto found = std::find(std::begin(kClasses), std::end(kClasses), qos);
  return found == std::end(kClasses) ? -1 : static_cast<int32_t>(found - std::begin(kClasses));
}

OpenbNodes read_openb_nodes(const std::string& path) {
  OpenbTable table(path, {"sn", "cpu_milli", "memory_mib", "gpu", "model"}, {});
  OpenbNodes nodes;
  nodes.where = path;
  std::unordered_set<std::string> names;
  int64_t repeated = 0;
  while (table.next()) {
    OpenbNode node;
    if (!names.insert(table.text("sn")).second) ++repeated;
    node.cpu_milli =
        static_cast<int32_t>(table.amount("cpu_milli", QuantityUnit::kMilliCpu, 1, kMaxAmount));
    node.memory_mib =
        static_cast<int32_t>(table.amount("memory_mib", QuantityUnit::kMib, 1, kMaxAmount));
    node.gpus = static_cast<int32_t>(table.integer("gpu", 0, kMaxNodeGpus));
    const std::string& model = table.text("model");
    node.model = -1;
    if (!model.empty()) {
      const auto found = std::find(nodes.models.begin(), nodes.models.end(), model);
      node.model = static_cast<int32_t>(found - nodes.models.begin());
      if (found == nodes.models.end()) nodes.models.push_back(model);
      if (nodes.models.size() > kMaxListModels)
        throw InputError(table.where("model"), "there are more than 31 GPU models",
                         "Give similar models one name");
    }
    nodes.rows.push_back(node);
    if (nodes.rows.size() > kMaxListNodes)
      throw InputError(table.where("sn"), "there are more than 4,096 nodes", "Give a shorter list");
  }
  if (nodes.rows.empty()) throw InputError(path, "has no nodes", "Give at least one");
  nodes.notes = table.notes();
  note_repeated(path, repeated, "nodes", &nodes.notes);
  for (OpenbNode& node : nodes.rows)
    if (node.model < 0) node.model = static_cast<int32_t>(nodes.models.size());
  return nodes;
}

std::vector<OpenbPod> read_openb_pods(const std::string& path,
                                      const std::vector<std::string>& models,
                                      std::vector<std::string>* notes) {
  OpenbTable table(
      path, {"name", "cpu_milli", "memory_mib", "num_gpu", "gpu_milli"},
      {"gpu_spec", "qos", "pod_phase", "creation_time", "deletion_time", "scheduled_time"});
  std::vector<OpenbPod> pods;
  std::unordered_set<std::string> names;
  int64_t repeated = 0;
  while (table.next()) {
    OpenbPod pod;
    pod.line = static_cast<int32_t>(table.line());
    const std::string& name = table.text("name");
    if (!names.insert(name).second) ++repeated;
    pod.number = name.substr(name.rfind('-') == std::string::npos ? 0 : name.rfind('-') + 1);
    if (pod.number.empty())
      throw InputError(table.where("name"), "a pod has no name", "Names look like openb-pod-0042");
    pod.cpu_milli =
        static_cast<int32_t>(table.amount("cpu_milli", QuantityUnit::kMilliCpu, 0, kMaxAmount));
    pod.memory_mib =
        static_cast<int32_t>(table.amount("memory_mib", QuantityUnit::kMib, 0, kMaxAmount));
    pod.gpus = static_cast<int32_t>(
        table.integer("num_gpu", 0, kMaxNodeGpus,
                      "For a share of a GPU write num_gpu 1 and gpu_milli, e.g. 500"));
    pod.gpu_milli = static_cast<int32_t>(table.integer(
        "gpu_milli", 0, kGpuMilli, "Write thousandths of a GPU: 500 for half of one"));
    if (pod.gpus == 0 && pod.gpu_milli != 0)
      throw InputError(table.where("gpu_milli"), "a pod without GPUs asks for GPU milli",
                       "Write 0, or give num_gpu");
    if (pod.gpus == 1 && pod.gpu_milli == 0)
      throw InputError(table.where("gpu_milli"), "a pod with a GPU asks for nothing of it",
                       "Write 1 to 1000");
    if (pod.gpus > 1 && pod.gpu_milli != kGpuMilli)
      throw InputError(table.where("gpu_milli"), "a pod with several GPUs asks for parts of them",
                       "Write 1000: only a pod with one GPU may share it");
    pod.spec = table.has("gpu_spec") ? table.text("gpu_spec") : "";
    pod.models = models_of(pod.spec, models, table);
    if (pod.gpus == 0 && pod.models != 0)
      throw InputError(table.where("gpu_spec"), "a pod without GPUs names GPU models",
                       "Leave it empty");
    pod.priority = table.has("qos") ? priority_of(table.text("qos"), table) : 0;
    pod.run_s = run_of(table);
    pods.push_back(std::move(pod));
  }
  if (pods.empty()) throw InputError(path, "has no pods", "Give at least one");
  if (notes != nullptr) {
    for (const std::string& note : table.notes()) notes->push_back(note);
    note_repeated(path, repeated, "pods", notes);
  }
  return pods;
}

std::string openb_workload_name(const std::string& pods_path) {
  const std::string stem = std::filesystem::path(pods_path).stem().string();
  const std::string prefix = "openb_pod_list_";
  return stem.rfind(prefix, 0) == 0 ? stem.substr(prefix.size()) : stem;
}

}  // namespace cusched
