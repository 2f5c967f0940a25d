// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_view.h"

namespace cusched::baselines {

// Ids are given in order of arrival; a killed job keeps its own.
struct FifoSkip {
  static constexpr const char* kName = "fifo-skip";
  static constexpr const char* kAbout =
      "First in, first out, skipping what does not fit. A killed job keeps its place.";
  static constexpr const char* kSource =
      "a batch queue with best-effort order, e.g. Kueue's BestEffortFIFO";
  static constexpr const char* kSee =
      "fcfs without --commit, up to jobs submitted in the same second";

  CUSCHED_HD static double score(const admission::View& v, int item) {
    return static_cast<double>(v.job(item).id);
  }
};

}  // namespace cusched::baselines
