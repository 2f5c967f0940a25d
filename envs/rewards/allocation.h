// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/placement_state.h"

namespace cusched::rewards {

struct Allocation {
  static constexpr const char* kName = "allocation";
  static constexpr const char* kAbout =
      "Change of the GPU allocation rate (GPU in use / the cluster's): summed over an episode it "
      "is the rate at the end.";
  static constexpr const char* kSource = "FGD's allocation rate (Weng et al., ATC'23)";

  CUSCHED_HD static float value(const placement::Facts& f) {
    return static_cast<float>(f.gpu_milli) / static_cast<float>(f.total_gpu_milli);
  }
};

}  // namespace cusched::rewards
