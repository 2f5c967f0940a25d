// SPDX-License-Identifier: MIT
#include "envs/cluster_spec.h"

#include <algorithm>
#include <charconv>

#include "cuda/error.h"
#include "envs/inputs.h"

namespace cusched {
namespace {

constexpr int64_t kMaxNodes = 4096;

InputError malformed(const std::string& text, const std::string& where) {
  return InputError(where, "\"" + text + "\" describes no nodes",
                    "Write COUNTxCPUcMEMg[GPUgpu[:MODEL]], e.g. 4x32c128g2gpu+8x16c64g");
}

void add_group(ClusterSpec* spec, int64_t count, int64_t cpu_milli, int64_t memory_mib,
               int64_t gpus, int model, const std::string& where) {
  if (count < 1 || static_cast<int64_t>(spec->nodes.size()) + count > kMaxNodes)
    throw InputError(where, "the cluster has no nodes or too many",
                     "Give 1 to " + std::to_string(kMaxNodes));
  if (cpu_milli < 1 || cpu_milli > INT32_MAX || memory_mib > INT32_MAX || gpus > 1024)
    throw InputError(where, "a node's size is out of range",
                     "A node has up to 2,147,483 cores, 2,097,151 GiB and 1,024 GPUs");
  const auto percent = [](int64_t capacity) {
    return capacity > 0 ? 100.0 / static_cast<double>(capacity) : 0.0;
  };
  const admission::NodeCapacity node{static_cast<int32_t>(cpu_milli),
                                     static_cast<int32_t>(memory_mib),
                                     static_cast<int32_t>(gpus),
                                     static_cast<int16_t>(model),
                                     gpu_model_bit(model),
                                     percent(cpu_milli),
                                     percent(memory_mib)};
  spec->nodes.insert(spec->nodes.end(), static_cast<size_t>(count), node);
  spec->capacity.cpu_milli += count * cpu_milli;
  spec->capacity.memory_mib += count * memory_mib;
  spec->capacity.gpus += count * gpus;
  spec->capacity.nodes.push_back(
      {node.cpu_milli, node.memory_mib, node.gpus, static_cast<int32_t>(count), node.model_bit});
}

// The number of a model, which is new or was there before.
int number_model(ClusterSpec* spec, const std::string& name, const std::string& where) {
  std::vector<std::string>& models = spec->capacity.gpu_models;
  const auto found = std::find(models.begin(), models.end(), name);
  if (found == models.end() && models.size() == kMaxGpuModels)
    throw InputError(where,
                     "the nodes have more than " + std::to_string(kMaxGpuModels) + " GPU models",
                     "Give similar models one name");
  const int model = static_cast<int>(found - models.begin());
  if (found == models.end()) models.push_back(name);
  return model;
}

bool is_model_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

}  // namespace

ClusterSpec parse_cluster(const std::string& text, const std::string& where) {
  ClusterSpec spec;
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto number = [&](const char* unit) -> int64_t {
    while (at < end && *at == ' ') ++at;
    int64_t value = 0;
    const auto [stop, status] = std::from_chars(at, end, value);
    const std::string_view expected(unit);
    if (status != std::errc{} || value < 0 || value > INT32_MAX ||
        std::string_view(stop, static_cast<size_t>(end - stop)).substr(0, expected.size()) !=
            expected)
      throw malformed(text, where);
    at = stop + expected.size();
    return value;
  };
  do {
    if (at < end && *at == '+') ++at;
    const int64_t count = number("x"), cores = number("c"), gib = number("g");
    int64_t gpus = 0;
    if (at < end && *at >= '0' && *at <= '9') gpus = number("gpu");
    int model = kNoGpuModel;
    if (at < end && *at == ':') {
      const char* const name = ++at;
      while (at < end && is_model_letter(*at)) ++at;
      if (at == name || gpus == 0) throw malformed(text, where);
      model = number_model(&spec, std::string(name, at), where);
    }
    while (at < end && *at == ' ') ++at;
    if (at < end && *at != '+') throw malformed(text, where);
    add_group(&spec, count, cores * 1000, gib * 1024, gpus, model, where);
  } while (at < end);
  return spec;
}

namespace {

// The processors of the machine that a trace was recorded on, and the note that tells why where the
// header does not say it.
int64_t processors_of(const Trace& trace, std::vector<std::string>* notes) {
  if (trace.max_procs > 0 && !trace.max_procs_of_nodes) return trace.max_procs;
  int64_t largest = 0, line = 0;
  for (size_t i = 0; i < trace.rows.size(); ++i) {
    const int64_t procs = int64_t{trace.rows[i].cpu_milli} * trace.rows[i].pods() / 1000;
    if (procs > largest) largest = procs, line = trace.line[i];
  }
  const bool nodes = trace.max_procs >= largest;
  const int64_t procs = std::max(largest, trace.max_procs);
  std::string why = "as MaxNodes says";
  if (!nodes) why = "as the largest job asks for (line " + std::to_string(line) + ")";
  if (!nodes && trace.max_procs > 0)
    why += ", more than MaxNodes " + std::to_string(trace.max_procs);
  notes->push_back(trace.file + ": no MaxProcs in the header: the pool has " +
                   std::to_string(procs) + " processors, " + why);
  return procs;
}

}  // namespace

ClusterSpec pool_of(const WorkloadConfig& workload, const std::string& where) {
  ClusterSpec spec;
  int64_t procs = workload.max_procs;
  if (workload.name == "swf" && workload.jobs != nullptr)
    procs = processors_of(*workload.jobs, &spec.notes);
  if (procs < 1)
    throw InputError(where, "a pool needs the machine's number of processors",
                     "Give an SWF trace, max-procs for the workload lublin, or nodes as "
                     "COUNTxCPUcMEMg");
  add_group(&spec, 1, procs * 1000, procs * workload.memory_per_proc_mib, 0, kNoGpuModel, where);
  return spec;
}

std::string cluster_text(const ClusterSpec& spec) {
  std::string text = count_text(static_cast<int64_t>(spec.nodes.size()), "node") + ", " +
                     count_text(spec.capacity.cpu_milli / 1000, "core");
  if (spec.capacity.memory_mib > 0)
    text += ", " + grouped(spec.capacity.memory_mib / 1024) + " GiB";
  if (spec.capacity.gpus > 0) text += ", " + count_text(spec.capacity.gpus, "GPU");
  const std::vector<std::string>& models = spec.capacity.gpu_models;
  for (size_t m = 0; m < models.size(); ++m) {
    int64_t gpus = 0;
    for (const admission::NodeCapacity& node : spec.nodes)
      if (node.model == static_cast<int>(m)) gpus += node.gpus;
    text += (m == 0 ? " (" : ", ") + grouped(gpus) + " " + models[m];
  }
  if (!models.empty()) text += ")";
  return text;
}

}  // namespace cusched
