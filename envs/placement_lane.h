// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/placement.h"
#include "envs/placement_step.h"

namespace cusched {

// One lane with its scalars in registers: load, step, store.
template <class Group>
struct Placement::Lane : placement::Dynamics<Group> {
  CUSCHED_HD Lane(const Group& group, const Caps& caps, const Params& params,
                  const Columns& columns, int64_t lane, int)
      // View, StartOps, TimeOps: each the base of the next.
      : placement::Dynamics<Group>{
            {{{caps, params, columns_of(columns, caps, lane), {}}, group, {}, {}, {}}}} {}

  CUSCHED_HD uint32_t stored_episode() const { return *this->a.episode; }
  CUSCHED_HD uint32_t episode() const { return this->s.episode; }
  CUSCHED_HD uint32_t step_index() const { return static_cast<uint32_t>(this->s.steps); }
  CUSCHED_HD int32_t elapsed_s() const { return this->f.elapsed_s; }
  CUSCHED_HD const Facts& facts() const { return this->f; }
  CUSCHED_HD const View& view() const { return *this; }
  CUSCHED_HD int32_t* scratch() const { return nullptr; }
  CUSCHED_HD int action_of(int item) const { return placement::node_of_item(item); }
  template <class Score>
  CUSCHED_HD void before_choice(const Score&) {}

  CUSCHED_HD void load(const LaneKeys& keys) {
#define X(type, name) this->s.name = *this->a.name;
    CUSCHED_PLACEMENT_SCALARS(X)
#undef X
#define X(name) this->sum.name = *this->a.sum_##name;
    CUSCHED_PLACEMENT_SUMS(X)
#undef X
    this->stream_key = keys.stream;
  }

  CUSCHED_HD void store() {
    this->g.once([&] {
#define X(type, name) *this->a.name = this->s.name;
      CUSCHED_PLACEMENT_SCALARS(X)
#undef X
#define X(name) *this->a.sum_##name = this->sum.name;
      CUSCHED_PLACEMENT_SUMS(X)
#undef X
    });
  }

  CUSCHED_HD void begin_episode(const LaneKeys& keys, bool staggered) {
    this->stream_key = keys.stream;
    placement::Dynamics<Group>::begin_episode(keys.lane, staggered);
  }

  // The step's reward as it counts, and the running return in fixed point.
  CUSCHED_HD float reward(float sum_of_terms) {
    this->sum.reward_q20 += static_cast<int64_t>(static_cast<double>(sum_of_terms) * 1048576.0);
    return sum_of_terms;
  }

  CUSCHED_HD void end_episode() {
    placement::Dynamics<Group>::end_episode();
    ++this->s.episode;
    // A staggered first episode is shorter than others: it says nothing of how well they go.
    if (!(this->p.stagger && this->s.episode == 1)) add_to_totals();
  }

 private:
  CUSCHED_HD void add_to_totals() {
    this->g.once([&] {
#define X(name) *this->a.total_##name += this->sum.name;
      CUSCHED_PLACEMENT_SUMS(X)
#undef X
      ++*this->a.total_episodes;
      *this->a.total_steps += this->s.steps;
    });
  }

  // Base pointers moved to this lane.
  CUSCHED_HD static Columns columns_of(Columns a, const Caps& c, int64_t lane) {
#define X(type, name) a.name += lane;
    CUSCHED_PLACEMENT_SCALARS(X)
#undef X
#define X(name)         \
  a.sum_##name += lane; \
  a.total_##name += lane;
    CUSCHED_PLACEMENT_SUMS(X)
#undef X
#define X(type, name, n) a.name += lane * (n);
    CUSCHED_PLACEMENT_ARRAYS(X)
#undef X
    a.total_episodes += lane;
    a.total_steps += lane;
    return a;
  }
};

}  // namespace cusched
