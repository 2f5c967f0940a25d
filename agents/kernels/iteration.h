// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>

#include "agents/kernels/categorical.h"
#include "agents/kernels/gae.h"
#include "agents/kernels/member.h"
#include "agents/kernels/normaliser.h"

namespace cusched {

// Work of one thread per member between the passes of an iteration.

CUSCHED_HD double lane_total(const double* partial, int64_t blocks, int64_t p, LaneSum which) {
  double total = 0;
  for (int64_t b = 0; b < blocks; ++b) total += partial[(p * blocks + b) * kLaneSums + which];
  return total;
}

// Merges the rollout's discounted returns into their running statistics; rewards of this rollout
// are divided by the new deviation.
struct UpdateRewardScale {
  const double* partial;  // (P, blocks, kLaneSums)
  MemberState* state;
  int64_t blocks, samples;
  bool scale;
  CUSCHED_HD void operator()(int64_t p) const {
    MemberState& s = state[p];
    if (!scale) {
      s.reward_scale = 1;
      return;
    }
    const double n = static_cast<double>(samples);
    const double sum = lane_total(partial, blocks, p, kSumReturn);
    const double square = lane_total(partial, blocks, p, kSumReturnSq);
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

// Makes members ready for an iteration's minibatches.
struct BeginUpdate {
  MemberState* state;
  Counters* counters;
  CUSCHED_HD void operator()(int64_t p) const {
    MemberState& s = state[p];
    for (int k = 0; k < kLossTerms; ++k) s.term_sum[k] = 0;
    s.norm_sum = 0;
    s.minibatches = 0;
    s.updates = 0;
    s.active = 1;
    s.apply = 0;
    if (p == 0) counters->minibatch = 0;
  }
};

// Writes the statistics block (P, kStats).
struct WriteStats {
  const double* partial;  // (P, blocks, kLaneSums)
  const MemberParams* params;
  const MemberState* state;
  const Counters* counters;
  float* stats;
  int64_t blocks, samples;
  double total_steps;
  CUSCHED_HD void operator()(int64_t p) const {
    const MemberState& s = state[p];
    float* out = stats + p * kStats;
    const double n = static_cast<double>(samples);
    const double seen = static_cast<double>(s.minibatches > 0 ? s.minibatches : 1);
    for (int k = 0; k < kLossTerms; ++k)
      out[kStatPolicyLoss + k] = static_cast<float>(s.term_sum[k] / seen);
    out[kStatGradNorm] = static_cast<float>(s.norm_sum / seen);
    out[kStatUpdates] = static_cast<float>(s.updates);
    const double share = schedule_share(*counters, samples, total_steps);
    out[kStatLearningRate] = static_cast<float>(params[p].learning_rate * share);
    const double target = lane_total(partial, blocks, p, kSumTarget) / n;
    const double error = lane_total(partial, blocks, p, kSumError) / n;
    const double target_var = lane_total(partial, blocks, p, kSumTargetSq) / n - target * target;
    const double error_var = lane_total(partial, blocks, p, kSumErrorSq) / n - error * error;
    out[kStatExplainedVariance] =
        static_cast<float>(target_var > 1e-12 ? 1 - error_var / target_var : 0);
    out[kStatValueMean] = static_cast<float>(lane_total(partial, blocks, p, kSumValue) / n);
    out[kStatReturnMean] = static_cast<float>(target);
    out[kStatRewardMean] = static_cast<float>(lane_total(partial, blocks, p, kSumReward) / n);
    out[kStatRewardScale] = s.reward_scale;
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
