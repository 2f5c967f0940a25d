// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/placement_state.h"

namespace cusched::rewards {

struct Fragmentation {
  static constexpr const char* kName = "fragmentation";
  static constexpr const char* kAbout =
      "Minus the change of the fragmentation rate: GPU that a typical pod cannot use, over the "
      "cluster's GPU.";
  static constexpr const char* kSource = "Weng et al., ATC'23";

  CUSCHED_HD static float value(const placement::Facts& f) {
    return -static_cast<float>(f.fragmentation) /
           static_cast<float>(f.total_gpu_milli * f.frag_weight);
  }
};

}  // namespace cusched::rewards
