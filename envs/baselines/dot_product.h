// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/baselines/node_choice.h"
#include "envs/placement_view.h"

namespace cusched::baselines {

struct DotProduct {
  static constexpr const char* kName = "dot-product";
  static constexpr const char* kAbout =
      "The node whose free CPU and GPU, as a vector, point least along the pod's: the smallest "
      "(free CPU / 128 x CPU / 128 + free GPU / 8 x GPU / 8) / 2, in CPUs and GPUs.";
  static constexpr const char* kSource = "Weng et al., ATC'23 (FGD's experiments)";

  template <class Group>
  CUSCHED_HD static int choose(const Group& g, const placement::View& v, int32_t*, const Philox4&) {
    if (!v.has_pod()) return -1;
    const placement::PodSpec& pod = v.pod();
    return best_node(g, v, [&](int n) {
      const placement::NodeState& node = v.node(n);
      const double cpu = static_cast<double>(node.free_cpu_milli) / 128000 * pod.cpu_milli / 128000;
      const double gpu = static_cast<double>(node.total) / 8000 * pod.gpu_milli() / 8000;
      return static_cast<int32_t>(100 * (1 - (cpu + gpu) / 2));
    });
  }
};

}  // namespace cusched::baselines
