// SPDX-License-Identifier: MIT
#include "cli/report/placement_picture.h"

#include <algorithm>
#include <map>
#include <utility>

#include "cuda/error.h"

namespace cusched {
namespace {

constexpr int kGpuMilli = 1000;

double used_share(int64_t free, int64_t all) {
  return all > 0 ? static_cast<double>(all - free) / static_cast<double>(all) : 0.0;
}

}  // namespace

std::vector<std::vector<GpuSegment>> gpu_segments(const ClusterState& cluster) {
  std::vector<std::vector<GpuSegment>> segments(cluster.nodes.size());
  std::vector<std::vector<int>> top(cluster.nodes.size());
  for (size_t n = 0; n < cluster.nodes.size(); ++n) top[n].resize(cluster.nodes[n].gpus.size());
  for (size_t p = 0; p < cluster.pods.size(); ++p) {
    const PodPlacement& pod = cluster.pods[p];
    int count = 0;
    for (uint32_t bits = pod.gpus; bits != 0; bits &= bits - 1) ++count;
    for (int g = 0; pod.gpus >> g != 0; ++g) {
      if ((pod.gpus >> g & 1) == 0) continue;
      int& from = top.at(pod.node).at(g);
      segments[pod.node].push_back({static_cast<int>(p), g, from, from + pod.gpu_milli / count});
      from = segments[pod.node].back().to_milli;
    }
  }
  for (size_t n = 0; n < cluster.nodes.size(); ++n) {
    for (size_t g = 0; g < top[n].size(); ++g)
      CUSCHED_CHECK(top[n][g] + cluster.nodes[n].gpus[g].free_milli == kGpuMilli,
                    "the pods of node " + std::to_string(n) + " are not what its GPU " +
                        std::to_string(g) + " has in use");
    std::stable_sort(segments[n].begin(), segments[n].end(),
                     [](const GpuSegment& a, const GpuSegment& b) { return a.gpu < b.gpu; });
  }
  return segments;
}

void ClusterSums::add(const ClusterNode& node) {
  for (const GpuState& gpu : node.gpus) {
    ++gpus;
    whole_free_gpus += gpu.free_milli == kGpuMilli ? 1 : 0;
    free_milli += gpu.free_milli;
    fragmented_milli += gpu.fragmented_milli;
  }
  cpu_milli += node.cpu_milli;
  free_cpu_milli += node.free_cpu_milli;
  memory_mib += node.memory_mib;
  free_memory_mib += node.free_memory_mib;
}

double ClusterSums::gpu_share() const { return used_share(free_milli, gpus * kGpuMilli); }
double ClusterSums::cpu_share() const { return used_share(free_cpu_milli, cpu_milli); }
double ClusterSums::memory_share() const { return used_share(free_memory_mib, memory_mib); }

std::vector<ModelGroup> model_groups(const ClusterState& cluster) {
  std::map<std::pair<int, int>, ModelGroup> groups;
  for (size_t n = 0; n < cluster.nodes.size(); ++n) {
    const ClusterNode& node = cluster.nodes[n];
    const int gpus = static_cast<int>(node.gpus.size());
    ModelGroup& group = groups[{-gpus, node.model}];
    group.nodes.push_back(static_cast<int>(n));
    group.sums.add(node);
  }
  std::vector<ModelGroup> list;
  for (auto& [key, group] : groups) {
    const auto [minus_gpus, model] = key;
    const bool named = minus_gpus < 0 && model < static_cast<int>(cluster.gpu_models.size());
    group.name = (named ? cluster.gpu_models[model] + ": " : "") +
                 counted(static_cast<int64_t>(group.nodes.size()), "node") + " with " +
                 (minus_gpus < 0 ? counted(-minus_gpus, "GPU") : "no GPU");
    list.push_back(std::move(group));
  }
  return list;
}

std::string counted(int64_t count, const std::string& word) {
  return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

}  // namespace cusched
