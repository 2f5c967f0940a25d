// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/baselines/node_choice.h"
#include "envs/placement_view.h"

namespace cusched::baselines {

struct GpuPacking {
  static constexpr const char* kName = "gpu-packing";
  static constexpr const char* kAbout =
      "GPUs that are in use first, then free GPUs of nodes that are in use, then idle nodes.";
  static constexpr const char* kSource = "Weng et al., ATC'23 (FGD's experiments)";

  template <class Group>
  CUSCHED_HD static int choose(const Group& g, const placement::View& v, int32_t*, const Philox4&) {
    if (!v.has_pod()) return -1;
    const placement::PodSpec& pod = v.pod();
    return best_node(g, v, [&](int n) { return score(v.node(n), pod); });
  }

 private:
  CUSCHED_HD static int32_t score(const placement::NodeState& n, const placement::PodSpec& pod) {
    if (pod.gpus == 0) return 0;
    if (n.full == n.gpus) return 33 - n.full > n.full ? 33 - n.full : n.full;
    if (!pod.shares_gpu()) return 50 - pod.gpus > 33 ? 50 - pod.gpus : 33;
    // GPUs are taken by what they have left, least first: the tightest that holds the pod.
    const int left = n.left[placement::View::tightest_gpu(n, pod.milli)];
    if (left == placement::kMilli) return 49;
    const int32_t packed = 100 - left * 100 / placement::kMilli / 10;
    return packed > 50 ? packed : 50;
  }
};

}  // namespace cusched::baselines
