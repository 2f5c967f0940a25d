// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/baselines/node_choice.h"
#include "envs/placement_view.h"

namespace cusched::baselines {

struct GpuClustering {
  static constexpr const char* kName = "gpu-clustering";
  static constexpr const char* kAbout =
      "Nodes that host pods with the same number of GPUs (or share pods, for a share pod) first, "
      "of them those with nothing else, then the fuller ones.";
  static constexpr const char* kSource = "Weng et al., ATC'23 (FGD's experiments)";

  template <class Group>
  CUSCHED_HD static int choose(const Group& g, const placement::View& v, int32_t*, const Philox4&) {
    if (!v.has_pod()) return -1;
    const placement::PodSpec& pod = v.pod();
    return best_node(g, v, [&](int n) { return score(v, n, pod); });
  }

 private:
  CUSCHED_HD static int32_t score(const placement::View& v, int n, const placement::PodSpec& pod) {
    if (pod.gpus == 0) return 0;
    const int32_t base = 25 * (8000 - v.node(n).total) / 8000;
    const uint16_t* const hosted = v.hosted(n);
    int classes = 0;
    for (int i = 0; i < placement::kHostClasses; ++i) classes += hosted[i] > 0 ? 1 : 0;
    if (hosted[pod.host_class()] > 0) return base + (classes == 1 ? 75 : 50);
    return classes == 0 ? base + 25 : base;
  }
};

}  // namespace cusched::baselines
