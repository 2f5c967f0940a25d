// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/admission_view.h"
#include "envs/baselines/fifo.h"
#include "envs/baselines/placement.h"
#include "envs/baselines/profile.h"

namespace cusched::baselines {

struct EasyBackfill {
  static constexpr const char* kName = "easy-backfill";
  static constexpr const char* kAbout =
      "EASY backfilling: the job that arrived first starts as soon as it fits, and until then has "
      "a reservation for the earliest time at which it will, by the running jobs' estimates; of "
      "the others, the first to have arrived starts that fits and does not delay it.";
  static constexpr const char* kSource = "Lifka, JSSPP'95";

  template <class Group>
  CUSCHED_HD static int choose(const Group& g, const admission::View& v, int32_t* scratch,
                               const Philox4&) {
    const int visible = v.visible();
    const int head = Fifo::first_arrived(g, v);
    if (head < 0 || startable(v, head)) return head;
    const int otherwise = v.wait_allowed() ? -1 : head;
    if (!g.any(visible, [&](int i) { return startable(v, i); })) return otherwise;

    const Profile profile{v, scratch};
    g.once([&] {
      profile.build();
      profile.answer() = profile.first_fit(v.job(head));
    });
    const int32_t reserved_s = profile.answer();
    const int item = g.argmin(visible, [&](int i) {
      return startable(v, i) && harmless(v, profile, v.job(i), v.job(head), reserved_s)
                 ? v.job(i).id
                 : INT32_MAX;
    });
    return startable(v, item) && harmless(v, profile, v.job(item), v.job(head), reserved_s)
               ? item
               : otherwise;
  }

 private:
  CUSCHED_HD_NOINLINE static bool harmless(const admission::View& v, const Profile& profile,
                                           const Job& job, const Job& head, int32_t reserved_s) {
    if (Profile::end_of(job, v.now()) <= reserved_s) return true;
    return profile.fits_beside(head, job, Placement::of(v, job));
  }
};

}  // namespace cusched::baselines
