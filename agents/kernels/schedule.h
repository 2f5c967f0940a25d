// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "agents/kernels/categorical.h"

namespace cusched {

// How far the training is: what schedules of rates other than the learning rate follow.
struct Progress {
  const Counters* counters;
  int64_t samples;     // environment steps of a member and iteration
  double total_steps;  // of a member, 0: unknown, then the clock counts
  CUSCHED_HD double done() const { return 1 - schedule_share(*counters, samples, total_steps); }
};

// A number that moves linearly from `start` to `end` over the first `fraction` of the training.
struct LinearMove {
  float start, end, fraction;
  CUSCHED_HD float at(double done) const {
    const double share = done < fraction ? done / fraction : 1.0;
    return static_cast<float>(start + share * (double{end} - start));
  }
};

}  // namespace cusched
