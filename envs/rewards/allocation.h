// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/placement_state.h"

namespace cusched::rewards {

// Change of the GPU allocation rate: summed over an episode it is the rate at the end.
struct Allocation {
  static constexpr const char* kName = "allocation";

  CUSCHED_HD static float value(const placement::Facts& f) {
    return static_cast<float>(f.gpu_milli) / static_cast<float>(f.total_gpu_milli);
  }
};

}  // namespace cusched::rewards
