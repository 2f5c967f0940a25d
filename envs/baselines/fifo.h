// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/admission_view.h"

namespace cusched::baselines {

struct Fifo {
  static constexpr const char* kName = "fifo";
  static constexpr const char* kAbout =
      "Strict first in, first out: the job that arrived first is started, or all wait until it "
      "fits.";
  static constexpr const char* kSource = "queueing theory; a batch system without backfilling";
  static constexpr const char* kSee = "fcfs with --commit (preset rlscheduler)";

  template <class Group>
  CUSCHED_HD static int choose(const Group& g, const admission::View& v, int32_t*, const Philox4&) {
    const int head = first_arrived(g, v);
    return head >= 0 && v.allowed(head) ? head : -1;
  }

  // Ids are given in order of arrival; -1 when nothing waits.
  template <class Group>
  CUSCHED_HD static int first_arrived(const Group& g, const admission::View& v) {
    return g.argmin(v.visible(), [&](int i) { return v.job(i).id; });
  }
};

}  // namespace cusched::baselines
