// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_view.h"

namespace cusched::baselines {

struct Sjf {
  static constexpr const char* kName = "sjf";
  static constexpr const char* kAbout =
      "Shortest job first by estimated run time; in queue order on ties.";
  static constexpr const char* kSource =
      "Smith, Naval Research Logistics Quarterly 1956; RLScheduler's SJF in arrival order";

  CUSCHED_HD static double score(const admission::View& v, int item) {
    return static_cast<double>(v.job(item).estimate);
  }
};

}  // namespace cusched::baselines
