// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/admission_view.h"
#include "envs/rule_score.h"

namespace cusched {
struct Admission;
}

namespace cusched::admission {

// Picks the jobs of the K slots where these are not the first K of the queue (Caps::window), and
// says which of them may be chosen: window_order and slot_allowed.
template <class Group>
struct WindowPicker {
  using Score = RuleScore<Admission, Group>;

  const Group& g;
  const View& v;  // items are the whole queue's

  // `may(item)`: whether it may be chosen now.
  template <class May>
  CUSCHED_HD void pick(const May& may) const {
    const int filled = v.s.queue_size < v.c.slots ? v.s.queue_size : v.c.slots;
    if (v.p.window_rule == kSplitWindow) {
      split(filled, may);
    } else {
      best(filled, may);
    }
    g.for_each(v.c.slots - filled, [&](int i) {
      v.a.window_order[filled + i] = 0;
      v.a.slot_allowed[filled + i] = 0;
    });
  }

 private:
  // Both ends of the queue; of an odd K the head has one more.
  template <class May>
  CUSCHED_HD void split(int filled, const May& may) const {
    const int head = filled - filled / 2, further = v.s.queue_size - filled;
    g.for_each(filled, [&](int i) {
      const int item = i < head ? i : i + further;
      v.a.window_order[i] = static_cast<int16_t>(v.slot(item));
      v.a.slot_allowed[i] = may(item) ? 1 : 0;
    });
  }

  // Items in order of their scores, of equal ones in queue order: at most `most`.
  struct Ranking {
    int32_t* items;
    const double* score;
    int most;
    int size = 0;

    // Items are added in queue order.
    CUSCHED_HD void add(int item) {
      if (size == most && !(score[item] < score[items[size - 1]])) return;
      int at = size < most ? size++ : size - 1;
      for (; at > 0 && score[item] < score[items[at - 1]]; --at) items[at] = items[at - 1];
      items[at] = item;
    }
  };

  // The best by a heuristic's score: those that may be chosen, then others. These have a quarter of
  // the slots at least, rounded up, where there are so many, but never the only one.
  template <class May>
  CUSCHED_HD void best(int filled, const May& may) const {
    const int waiting = v.s.queue_size, slots = v.c.slots;
    double* const score = reinterpret_cast<double*>(v.a.heuristic_scratch);  // (waiting)
    int32_t* const open = v.a.heuristic_scratch + 2 * v.c.job_slots();       // (waiting)
    int32_t* const ranked = open + v.c.job_slots();                          // (2, K)
    g.for_each(waiting, [&](int i) {
      score[i] = Score::of(v.p.window_rule, v, i);
      open[i] = may(i) ? 1 : 0;
    });
    g.once([&] {
      Ranking may_start{ranked, score, slots}, others{ranked + slots, score, slots};
      for (int i = 0; i < waiting; ++i) (open[i] != 0 ? may_start : others).add(i);
      const int quarter = slots == 1 ? 0 : (slots + 3) / 4;
      const int kept = others.size < quarter ? others.size : quarter;
      const int first = may_start.size < slots - kept ? may_start.size : slots - kept;
      for (int i = 0; i < filled; ++i) {
        const int item = i < first ? may_start.items[i] : others.items[i - first];
        v.a.window_order[i] = static_cast<int16_t>(v.slot(item));
        v.a.slot_allowed[i] = i < first ? 1 : 0;
      }
    });
  }
};

}  // namespace cusched::admission
