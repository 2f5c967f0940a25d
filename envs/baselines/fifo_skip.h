// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"
#include "envs/admission_view.h"

namespace cusched::baselines {

// First in, first out, skipping what does not fit. Ids are given in order of arrival; a killed job
// keeps its own.
struct FifoSkip {
  static constexpr const char* kName = "fifo-skip";

  CUSCHED_HD static double score(const admission::View& v, int item) {
    return static_cast<double>(v.job(item).id);
  }
};

}  // namespace cusched::baselines
