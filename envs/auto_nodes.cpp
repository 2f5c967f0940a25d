// SPDX-License-Identifier: MIT
#include "envs/auto_nodes.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "cuda/error.h"
#include "envs/inputs.h"

namespace cusched {
namespace {

constexpr double kLoad = 0.9;      // offered load to aim at
constexpr double kMostLoad = 1.0;  // one node more where one less would give more
constexpr double kLittleLoad = 0.3;
constexpr int64_t kMostNodes = 1024;

struct Node {
  int64_t cores = 1, gib = 0, gpus = 0;
};

// What the jobs hold on average, in nodes, of the scarcest resource.
struct Demand {
  double nodes = 0;
  const char* of = "cores";
};

Demand demand(const Trace& trace, const Node& node) {
  double cores = 0, gib = 0, gpus = 0;
  for (const Job& job : trace.rows) {
    const double pods_s = static_cast<double>(job.pods()) * job.run;
    cores += pods_s * job.cpu_milli / 1000.0;
    gib += pods_s * job.memory_mib / 1024.0;
    gpus += pods_s * job.gpus;
  }
  const double span =
      std::max<double>(1.0, static_cast<double>(trace.submit.back() - trace.submit.front()));
  Demand most{cores / span / static_cast<double>(node.cores), "cores"};
  if (node.gib > 0 && gib / span / static_cast<double>(node.gib) > most.nodes)
    most = {gib / span / static_cast<double>(node.gib), "memory"};
  if (node.gpus > 0 && gpus / span / static_cast<double>(node.gpus) > most.nodes)
    most = {gpus / span / static_cast<double>(node.gpus), "GPUs"};
  return most;
}

int64_t nodes_of_load(double nodes) {
  const int64_t few = std::max<int64_t>(1, std::llround(nodes / kLoad));
  return nodes / static_cast<double>(few) > kMostLoad ? few + 1 : few;
}

// Nodes that the job needs at once.
int64_t nodes_for(const Job& job, const Node& node) {
  int64_t fit = job.pods();
  if (job.cpu_milli > 0) fit = std::min(fit, node.cores * 1000 / job.cpu_milli);
  if (job.memory_mib > 0) fit = std::min(fit, node.gib * 1024 / job.memory_mib);
  if (job.gpus > 0) fit = std::min(fit, node.gpus / job.gpus);
  return (job.pods() + fit - 1) / fit;
}

std::string text_of(int64_t count, const Node& node) {
  std::string text = std::to_string(count) + "x" + std::to_string(node.cores) + "c" +
                     std::to_string(node.gib) + "g";
  if (node.gpus > 0) text += std::to_string(node.gpus) + "gpu";
  return text;
}

}  // namespace

ClusterSpec auto_nodes(const WorkloadConfig& workload, const std::string& where) {
  if (workload.jobs == nullptr)
    throw InputError(where, "nodes auto are counted by the jobs of a trace, and there is none",
                     "Give --trace FILE (jobs, not a mix), or nodes as COUNTxCPUcMEMg");
  if (workload.name == "swf") return pool_of(workload, where);
  const Trace& trace = *workload.jobs;
  Node node;
  for (const Job& job : trace.rows) {
    node.cores = std::max<int64_t>(node.cores, (int64_t{job.cpu_milli} + 999) / 1000);
    node.gib = std::max<int64_t>(node.gib, (int64_t{job.memory_mib} + 1023) / 1024);
    node.gpus = std::max<int64_t>(node.gpus, job.gpus);
  }
  const Node pod = node;
  Demand held = demand(trace, node);
  while (nodes_of_load(held.nodes) > kMostNodes) {  // nodes of several such pods
    node = {node.cores + pod.cores, node.gib + pod.gib, node.gpus + pod.gpus};
    held = demand(trace, node);
  }
  const int64_t by_load = nodes_of_load(held.nodes);
  int64_t count = by_load;
  for (const Job& job : trace.rows) count = std::max(count, nodes_for(job, node));
  if (count > INT32_MAX / 1000 / std::max<int64_t>(node.cores, 1) ||
      count > INT32_MAX / 1024 / std::max<int64_t>(node.gib, 1))
    throw InputError(where,
                     "an offered load of 0.9 of this trace needs " + std::to_string(count) +
                         " nodes of " + std::to_string(node.cores) +
                         " cores, more than there can be",
                     "Say which machine ran it, as COUNTxCPUcMEMg, and look whether its run times "
                     "are in seconds");
  const std::string text = text_of(count, node);
  ClusterSpec spec = parse_cluster(text, where);
  char load[32];
  std::snprintf(load, sizeof load, "%.2f", held.nodes / static_cast<double>(count));
  spec.notes.push_back(
      "nodes auto: " + text + ", of the size of the largest pod" +
      (node.cores > pod.cores ? " several times over" : "") + ", as many as " +
      (count > by_load ? "the largest gang needs at once" : "an offered load of about 0.9 needs") +
      "; of " + held.of + " it is " + load +
      (held.nodes < kLittleLoad * static_cast<double>(count) ? ", which leaves little to schedule"
                                                             : "") +
      ". If you know the machine, say it: --nodes");
  return spec;
}

ClusterSpec nodes_of(const std::string& text, const WorkloadConfig& workload,
                     const std::string& where) {
  if (text == "pool") return pool_of(workload, where);
  return text == "auto" ? auto_nodes(workload, where) : parse_cluster(text, where);
}

}  // namespace cusched
