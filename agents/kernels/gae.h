// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "agents/kernels/member.h"
#include "agents/kernels/returns.h"
#include "agents/kernels/rows.h"
#include "cuda/macros.h"

namespace cusched {

// What the loss of a sample needs besides observation and mask, in one piece: minibatches read
// samples in random order, and each array apart would cost a cache miss.
template <class S>
struct PolicySample {
  int32_t action;  // kUnusedSample: the sample teaches nothing
  S old_log_prob, advantage, old_value, target;
};
inline constexpr int32_t kUnusedSample = -1;

// Hyper-parameters of one member of an algorithm that learns from its newest rollout.
struct OnPolicyParams {
  double lambda;  // of generalised advantage estimation
  double entropy;
  double value_coef;
};

// What such an algorithm makes of a rollout.
struct AdvantageView {
  float* log_prob;              // (T, P, E) of the sampled actions; may be null
  float* value;                 // (T + 1, P, E)
  float* final_value;           // (P, E, final_rows)
  PolicySample<float>* sample;  // (T, P, E)
};

// Generalised advantage estimation (Schulman et al. 2016) of one lane, with T + 1 values. After a
// terminated step nothing follows; after a truncated one the value of its final observation does;
// the sum of later advantages stops at both. Where a truncated step found no row for its final
// observation, the return is cut before it, at its own value, and its sample is not used.
struct Gae {
  RolloutView data;
  AdvantageView out;
  const MemberParams* params;         // (P)
  const OnPolicyParams* coefficient;  // (P)
  const MemberState* state;           // (P): reward scale
  LaneSums* sums;                     // (L)
  bool by_time;
  CUSCHED_HD void operator()(int64_t lane) const {
    const MemberParams& member = params[lane / data.envs];
    const MemberState& running = state[lane / data.envs];
    const float lambda = static_cast<float>(coefficient[lane / data.envs].lambda);
    double target = 0, target_sq = 0, error = 0, error_sq = 0, values = 0;
    float next = out.value[data.steps * data.lanes + lane], sum = 0;
    for (int64_t t = data.steps - 1; t >= 0; --t) {
      const int64_t i = t * data.lanes + lane;
      const uint8_t done = data.done[i];
      if (done == 2 && data.final_index[i] < 0) {
        next = out.value[i];
        sum = 0;
        out.sample[i] = {kUnusedSample, 0, 0, next, next};
        continue;
      }
      if (done == 1) {
        next = 0;
      } else if (done == 2) {
        next = out.final_value[lane * data.final_rows + data.final_index[i]];
      }
      if (done != 0) sum = 0;
      const float discount = step_discount(member, by_time, data.elapsed_s[i]);
      const float reward = scaled_reward(member, running, data.reward[i]);
      const float value = out.value[i];
      const float delta = reward + discount * next - value;
      sum = delta + discount * lambda * sum;
      const float goal = sum + value;
      out.sample[i] = {data.action[i], out.log_prob != nullptr ? out.log_prob[i] : 0.0f, sum, value,
                       goal};
      target += goal;
      target_sq += double{goal} * goal;
      error += sum;
      error_sq += double{sum} * sum;
      values += value;
      next = value;
    }
    double* const total = sums[lane].v;
    total[kSumTarget] = target;
    total[kSumTargetSq] = target_sq;
    total[kSumError] = error;
    total[kSumErrorSq] = error_sq;
    total[kSumValue] = values;
  }
};

// Statistics of algorithms that learn from their newest rollout.
enum OnPolicyStat : int {
  kStatExplainedVariance,
  kStatValueMean,
  kStatReturnMean,  // value target, in scaled rewards
  kStatRewardMean,  // raw reward of a step
  kStatRewardScale,
  kOnPolicyStats
};
inline constexpr const char* kOnPolicyStatNames[kOnPolicyStats] = {
    "explained_variance", "value_mean", "return_mean", "reward_mean", "reward_scale"};

// Team = member; `stats` (P, width) at the first of them.
struct WriteOnPolicyStats {
  const LaneSums* partial;  // (P, blocks)
  const MemberState* state;
  float* stats;
  int width;
  int64_t blocks, samples;
  template <class Team>
  CUSCHED_HD void operator()(const Team& team, int64_t p) const {
    const LaneSums total = lane_totals(team, partial, blocks, p);
    team.once([&] { write(total.v, stats + p * width, state[p]); });
  }

 private:
  CUSCHED_HD void write(const double* total, float* out, const MemberState& member) const {
    const double n = static_cast<double>(samples);
    const double target = total[kSumTarget] / n, error = total[kSumError] / n;
    const double target_var = total[kSumTargetSq] / n - target * target;
    const double error_var = total[kSumErrorSq] / n - error * error;
    out[kStatExplainedVariance] =
        static_cast<float>(target_var > 1e-12 ? 1 - error_var / target_var : 0);
    out[kStatValueMean] = static_cast<float>(total[kSumValue] / n);
    out[kStatReturnMean] = static_cast<float>(target);
    out[kStatRewardMean] = static_cast<float>(total[kSumReward] / n);
    out[kStatRewardScale] = member.reward_scale;
  }
};

}  // namespace cusched
