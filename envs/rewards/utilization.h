// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_state.h"

namespace cusched::rewards {

struct Utilization {
  static constexpr const char* kName = "utilization";
  static constexpr const char* kAbout =
      "Mean of CPU and memory utilisation (actual use / total), per elapsed tick.";
  static constexpr const char* kSource = "SKRueue";

  CUSCHED_HD static float value(const admission::Facts& f) {
    const float cpu = per_tick(f.cpu_actual, f.total_cpu_milli, f.tick_s);
    const float memory = per_tick(f.memory_actual, f.total_memory_mib, f.tick_s);
    return 0.5f * (cpu + memory);
  }

 private:
  CUSCHED_HD static float per_tick(int64_t integral, int64_t total, int32_t tick_s) {
    return total > 0 ? static_cast<float>(integral) / static_cast<float>(total * tick_s) : 0.0f;
  }
};

}  // namespace cusched::rewards
