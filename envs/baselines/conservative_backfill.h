// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/admission_view.h"
#include "envs/baselines/placement.h"
#include "envs/baselines/profile.h"

namespace cusched::baselines {

struct ConservativeBackfill {
  static constexpr const char* kName = "conservative-backfill";
  static constexpr const char* kAbout =
      "In order of arrival each waiting job gets the earliest reservation that delays none of "
      "those before it; the first whose reservation is now is started. The first 64 jobs have "
      "reservations; one further back is started when it delays none of them.";
  static constexpr const char* kSource = "Mu'alem and Feitelson, TPDS 2001";

  template <class Group>
  CUSCHED_HD static int choose(const Group& g, const admission::View& v, int32_t* scratch,
                               const Philox4&) {
    const int visible = v.visible();
    // Only jobs before the last one that can start matter.
    const int last = g.argmin(visible, [&](int i) { return startable(v, i) ? -v.job(i).id : 1; });
    const Profile profile{v, scratch};
    bool full = false;
    int32_t previous = -1;  // id
    if (last >= 0 && startable(v, last)) {
      g.once([&] { profile.build(); });
      while (previous < v.job(last).id) {
        const int item = g.argmin(visible, [&](int i) {
          const bool next = v.job(i).id > previous && (!full || startable(v, i));
          return next ? v.job(i).id : INT32_MAX;
        });
        previous = v.job(item).id;
        g.once([&] {
          const bool now = startable(v, item) && profile.starts_now(v.job(item));
          profile.answer() = now ? 1 : 0;
          if (!now && !full) profile.reserve(item);
        });
        if (profile.answer() != 0) return item;
        full = profile.reserved() == profile.max_reserved();
      }
    }
    if (v.wait_allowed()) return -1;
    return g.argmin(visible, [&](int i) { return v.job(i).id; });
  }
};

}  // namespace cusched::baselines
