// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_state.h"

namespace cusched::rewards {

struct GpuUtilization {
  static constexpr const char* kName = "gpu_utilization";
  static constexpr const char* kAbout =
      "GPUs reserved by running jobs / GPUs of the cluster, per elapsed tick; 0 without GPUs.";
  static constexpr const char* kSource = "utilisation over time";

  CUSCHED_HD static float value(const admission::Facts& f) {
    if (f.total_gpus == 0) return 0.0f;
    return static_cast<float>(f.gpu_reserved) / static_cast<float>(f.total_gpus * f.tick_s);
  }
};

}  // namespace cusched::rewards
