// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>

#include "agents/kernels/categorical.h"
#include "agents/kernels/member.h"
#include "agents/kernels/normaliser.h"
#include "agents/kernels/returns.h"

namespace cusched {

// Work on each member between the passes of an iteration.

// Merges the rollout's discounted returns into their running statistics; rewards of this rollout
// are divided by the new deviation. Team = member.
struct UpdateRewardScale {
  const LaneSums* partial;  // (P, blocks)
  MemberState* state;
  int64_t blocks, samples;
  bool scale;
  template <class Team>
  CUSCHED_HD void operator()(const Team& team, int64_t p) const {
    const LaneSums total = lane_totals(team, partial, blocks, p);
    team.once([&] { update(state[p], total.v[kSumReturn], total.v[kSumReturnSq]); });
  }

 private:
  CUSCHED_HD void update(MemberState& s, double sum, double square) const {
    if (!scale) {
      s.reward_scale = 1;
      return;
    }
    const double n = static_cast<double>(samples);
    // The sums are about 0; move them to the running mean.
    Moments moments{s.return_count, s.return_mean, s.return_m2};
    merge_moments(&moments, n, sum - n * s.return_mean,
                  square - 2 * s.return_mean * sum + n * s.return_mean * s.return_mean);
    s.return_count = moments.count;
    s.return_mean = moments.mean;
    s.return_m2 = moments.m2;
    s.reward_scale = static_cast<float>(1 / std::sqrt(moments.m2 / moments.count + 1e-8));
  }
};

// Makes members ready for an iteration's gradient steps.
struct BeginUpdate {
  MemberState* state;
  Counters* counters;
  CUSCHED_HD void operator()(int64_t p) const {
    MemberState& s = state[p];
    for (int k = 0; k < kMaxTerms; ++k) s.term_sum[k] = 0;
    s.norm_sum = 0;
    s.minibatches = 0;
    s.updates = 0;
    s.active = 1;
    s.apply = 0;
    if (p == 0) counters->minibatch = 0;
  }
};

// Writes what all algorithms report: stats (P, width) = loss terms, then the shared statistics,
// then the algorithm's own, which are not touched.
struct WriteStats {
  const MemberParams* params;
  const MemberState* state;
  const Counters* counters;
  float* stats;
  int terms, width;
  int64_t samples;
  double total_steps;
  CUSCHED_HD void operator()(int64_t p) const {
    const MemberState& s = state[p];
    float* out = stats + p * width;
    const double seen = static_cast<double>(s.minibatches > 0 ? s.minibatches : 1);
    for (int k = 0; k < terms; ++k) out[k] = static_cast<float>(s.term_sum[k] / seen);
    out += terms;
    out[kStatGradNorm] = static_cast<float>(s.norm_sum / seen);
    out[kStatUpdates] = static_cast<float>(s.updates);
    const double share = schedule_share(*counters, samples, total_steps);
    out[kStatLearningRate] = static_cast<float>(params[p].learning_rate * share);
  }
};

// Before an iteration of a schedule that follows the clock.
struct SetDoneShare {
  Counters* counters;
  double share;
  CUSCHED_HD void operator()(int64_t) const { counters->done_share = share; }
};

// After an iteration: the next one. A launch of its own, because WriteStats reads the counter.
struct AdvanceIteration {
  Counters* counters;
  CUSCHED_HD void operator()(int64_t) const { counters->iteration += 1; }
};

}  // namespace cusched
