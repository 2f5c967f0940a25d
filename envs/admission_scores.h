// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/admission_observation.h"
#include "envs/admission_view.h"
#include "envs/rule_score.h"

namespace cusched {
struct Admission;
}

namespace cusched::admission {

// The numbers of kFeatureScores: how far the job of each slot is behind the best ones by each rule
// of Params::score_rule.
template <class Group>
struct ScoreEncoder {
  using Score = RuleScore<Admission, Group>;

  const Group& g;
  const View& v;  // items are slots: those of the window
  int head;       // slot of the job that arrived first, in the window or not; -1: none

  // `out`: of the first slot's first rule; slots lie Caps::slot_features apart. Leaves the work
  // space as it was, zeros: whether somebody reads an observation changes no state.
  CUSCHED_HD void write(int filled, float* out) const {
    for (int k = 0; k < v.p.score_rules; ++k) {
      if (v.p.score_rule[k] == kBackfillWindow) {
        write_backfill_window(filled, out + k);
      } else {
        write_rule(v.p.score_rule[k], filled, out + k);
      }
    }
    g.for_each(2 * filled, [&](int i) { v.a.slot_score[i] = 0.0; });
  }

 private:
  CUSCHED_HD_NOINLINE void write_rule(int rule, int filled, float* out) const {
    constexpr double kClosed = __builtin_huge_val();  // better than nothing
    double* const own = v.a.slot_score;               // (filled)
    double* const open = own + filled;                // (filled): of what may be chosen
    g.for_each(filled, [&](int i) {
      const double score = Score::of(rule, v, i);
      own[i] = score;
      open[i] = v.a.slot_allowed[i] ? score : kClosed;
    });
    g.for_each(filled, [&](int i) {
      const double score = own[i];
      int better = 0;
      for (int j = 0; j < filled; ++j) better += open[j] < score ? 1 : 0;
      out[i * v.c.slot_features] = behind_best(better);
    });
  }

  CUSCHED_HD_NOINLINE void write_backfill_window(int filled, float* out) const {
    const int32_t reserved_s = head >= 0 ? v.ready_s(v.a.job[head]) : 0;
    g.for_each(filled, [&](int i) {
      const Job& job = v.job(i);
      const bool fits = v.p.commit ? v.fits(job) : v.a.slot_allowed[i] != 0;
      out[i * v.c.slot_features] =
          backfill_window(v.slot(i) == head, fits, job.estimate, reserved_s);
    });
  }
};

}  // namespace cusched::admission
