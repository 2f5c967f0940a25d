// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/admission.h"
#include "envs/admission_step.h"

namespace cusched {

// One lane with its scalars in registers: load, step, store.
template <class Group>
struct Admission::Lane : admission::Dynamics<Group> {
  CUSCHED_HD Lane(const Group& group, const Caps& caps, const Params& params,
                  const Columns& columns, int64_t lane, int window)
      // View, QueueOps, RunningOps, WarmUpOps, ClockOps, CommitOps: each the base of the next.
      : admission::Dynamics<Group>{{{{{{{caps, params, columns_of(columns, caps, lane), {}, window},
                                        group,
                                        {},
                                        {},
                                        {},
                                        0}}}}}} {}

  CUSCHED_HD uint32_t stored_episode() const { return *this->a.episode; }
  CUSCHED_HD uint32_t episode() const { return this->s.episode; }
  CUSCHED_HD uint32_t step_index() const { return static_cast<uint32_t>(this->s.steps); }
  CUSCHED_HD int32_t elapsed_s() const { return this->f.elapsed_s; }
  CUSCHED_HD const Facts& facts() const { return this->f; }
  CUSCHED_HD const View& view() const { return *this; }
  CUSCHED_HD int32_t* scratch() const { return this->a.heuristic_scratch; }

  // A heuristic that is limited to what a policy sees chooses among the jobs of the slots.
  CUSCHED_HD typename admission::Dynamics<Group>::Queue begin_choice() {
    return this->limited_to_picked()
               ? this->open_window()
               : typename admission::Dynamics<Group>::Queue{this->a.order, this->s.queue_begin};
  }
  CUSCHED_HD void end_choice(const typename admission::Dynamics<Group>::Queue& whole) {
    this->close_window(whole);
  }
  // The action of an item: its slot; -1 where it is in none.
  CUSCHED_HD int action_of(int item) const {
    if (this->c.window == 0 || this->limited_to_picked()) return item;
    for (int k = 0; k < this->first_items(); ++k)
      if (this->a.window_order[k] == this->slot(item)) return k;
    return -1;
  }

  // Before a heuristic chooses by score. RLScheduler sorts its queue by score there, and by
  // submit time while it backfills, both stably: jobs submitted in the same second are then
  // looked at in the order of the scores.
  template <class Score>
  CUSCHED_HD void before_choice(const Score& score) {
    if (!this->p.backfill) return;
    this->g.once([&] {
      int16_t* const order = this->a.order + this->s.queue_begin;
      for (int i = 1; i < this->s.queue_size; ++i)
        for (int j = i;
             j > 0 && this->job(j - 1).submit == this->job(j).submit && score(j) < score(j - 1);
             --j) {
          const int16_t slot = order[j];
          order[j] = order[j - 1];
          order[j - 1] = slot;
        }
    });
  }

  CUSCHED_HD void load(const LaneKeys& keys) {
#define X(type, name) this->s.name = *this->a.name;
    CUSCHED_ADMISSION_SCALARS(X)
#undef X
#define X(name) this->sum.name = *this->a.sum_##name;
    CUSCHED_ADMISSION_SUMS(X)
#undef X
    this->stream_key = keys.stream;
  }

  CUSCHED_HD void store() {
    this->g.once([&] {
#define X(type, name) *this->a.name = this->s.name;
      CUSCHED_ADMISSION_SCALARS(X)
#undef X
#define X(name) *this->a.sum_##name = this->sum.name;
      CUSCHED_ADMISSION_SUMS(X)
#undef X
    });
  }

  CUSCHED_HD void begin_episode(const LaneKeys& keys, bool staggered) {
    this->stream_key = keys.stream;
    admission::Dynamics<Group>::begin_episode(keys.lane, staggered);
  }

  // The step's reward as it counts, and the running return in fixed point.
  CUSCHED_HD float reward(float sum_of_terms) {
    float value = sum_of_terms;
    if (this->p.clip_reward) value = value < -1.0f ? -1.0f : (value > 1.0f ? 1.0f : value);
    this->sum.reward_q20 += static_cast<int64_t>(static_cast<double>(value) * 1048576.0);
    return value;
  }

  CUSCHED_HD void end_episode() {
    admission::Dynamics<Group>::end_episode();
    ++this->s.episode;
    // A staggered first episode is shorter than others: it says nothing of how well they go.
    if (!(this->p.stagger && this->s.episode == 1)) add_to_totals();
  }

 private:
  CUSCHED_HD void add_to_totals() {
    this->g.once([&] {
#define X(name) *this->a.total_##name += this->sum.name;
      CUSCHED_ADMISSION_SUMS(X)
#undef X
      ++*this->a.total_episodes;
      *this->a.total_steps += this->s.steps;
    });
  }

  // Base pointers moved to this lane.
  CUSCHED_HD static Columns columns_of(Columns a, const Caps& c, int64_t lane) {
#define X(type, name) a.name += lane;
    CUSCHED_ADMISSION_SCALARS(X)
#undef X
#define X(name)         \
  a.sum_##name += lane; \
  a.total_##name += lane;
    CUSCHED_ADMISSION_SUMS(X)
#undef X
#define X(type, name, n) a.name += lane * (n);
    CUSCHED_ADMISSION_ARRAYS(X)
#undef X
    a.total_episodes += lane;
    a.total_steps += lane;
    a.heuristic_scratch += lane * admission::scratch_ints(c);
    return a;
  }
};

}  // namespace cusched
