// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>

#include "agents/kernels/gae.h"
#include "agents/kernels/member.h"
#include "agents/kernels/optimiser.h"
#include "agents/kernels/policy_loss.h"
#include "agents/kernels/rows.h"

namespace cusched {

// What a sample adds to a member's statistics.
enum PpoTerm : int { kPolicyLoss, kValueLoss, kEntropy, kApproxKl, kClipFraction, kPpoTerms };
inline constexpr const char* kPpoTermNames[kPpoTerms] = {"policy_loss", "value_loss", "entropy",
                                                         "approx_kl", "clip_fraction"};

// Hyper-parameters of one member that only PPO has.
struct PpoParams {
  double clip;
  uint32_t clip_value;  // 1: PPO2's clipped value loss
};

// One sample of the PPO loss
//   L = -min(rho A, clip(rho, 1 - c, 1 + c) A) + value_coef * 1/2 (V - R)^2 - entropy * H
// with rho = exp(log p - log p_old) and, where asked for, PPO2's clipped value loss
// 1/2 max((V - R)^2, (V_old + clip(V - V_old, -c, c) - R)^2).
template <class S>
struct PpoCoefficients {
  S clip, entropy, value_coef;
  bool clip_value;
};

// Value of the loss terms and, times `weight`, the gradient of L with respect to logits and value.
template <class S>
CUSCHED_HD void ppo_loss(const S* logits, const uint8_t* mask, int actions, S value,
                         const PolicySample<S>& sample, const PpoCoefficients<S>& coef, S weight,
                         S* dlogits, S* dvalue, S* terms) {
  const PolicyRow<S> row(logits, mask, actions, dlogits);
  const S log_ratio = row.log_probability(sample.action) - sample.old_log_prob;
  const S ratio = std::exp(log_ratio), advantage = sample.advantage;
  const S low = S(1) - coef.clip, high = S(1) + coef.clip;
  const S clipped = ratio < low ? low : (ratio > high ? high : ratio);
  const S plain = ratio * advantage, bounded = clipped * advantage;
  const bool flat = bounded < plain;  // then the clipped, constant branch is the minimum
  const S dlog = flat ? S(0) : -plain;

  row.gradient(sample.action, dlog, coef.entropy, weight, dlogits);

  const S error = value - sample.target;
  S square = error * error, slope = error;
  if (coef.clip_value) {
    const S move = value - sample.old_value;
    const S held = move < -coef.clip ? -coef.clip : (move > coef.clip ? coef.clip : move);
    const S held_error = sample.old_value + held - sample.target;
    if (held_error * held_error > square) {
      square = held_error * held_error;
      slope = held == move ? held_error : S(0);
    }
  }
  *dvalue = weight * coef.value_coef * slope;

  terms[kPolicyLoss] = flat ? -bounded : -plain;
  terms[kValueLoss] = S(0.5) * square;
  terms[kEntropy] = row.entropy;
  terms[kApproxKl] = ratio - S(1) - log_ratio;  // Schulman's estimator "k3": never negative
  terms[kClipFraction] = ratio < low || ratio > high ? S(1) : S(0);
}

// The loss of a minibatch's rows. Row = m * rows + r of the call; member = member0 + m.
struct PpoLossRows {
  const uint8_t* mask;                // (T, P, E, A)
  const PolicySample<float>* sample;  // (T, P, E)
  const OnPolicyParams* coefficient;  // (P)
  const PpoParams* params;            // (P)
  const MemberState* state;           // (P)
  const int32_t* index;               // (P, plan.rows): storage rows, -1 for padding
  const float* logits;                // (M, rows, A)
  const float* value;                 // (M, rows)
  float* dlogits;                     // (M, rows, A)
  float* dvalue;                      // (M, rows)
  float* terms;                       // (M, rows, kPpoTerms)
  const Counters* counters;
  StepPlan plan;
  int64_t rows, first;  // this call's rows are first .. first + rows - 1
  int member0, actions;

  CUSCHED_HD void operator()(int64_t i) const {
    const int64_t m = i / rows, r = i % rows, p = member0 + m;
    const int32_t at = index[p * plan.rows + first + r];
#if !CUSCHED_DEVICE_CODE
    // Samples lie anywhere in memory: those needed soon are asked for now.
    constexpr int64_t kAhead = 8;
    if (const int64_t soon = r + kAhead < rows ? index[p * plan.rows + first + r + kAhead] : -1;
        soon >= 0) {
      __builtin_prefetch(sample + soon);
      __builtin_prefetch(mask + soon * actions);
    }
#endif
    const bool used = at >= 0 && sample[at].action != kUnusedSample;
    if (!used) {
      skip_row(dlogits + i * actions, actions, dvalue + i, terms + i * kPpoTerms, kPpoTerms);
      return;
    }
    const PolicySample<float> record = sample[at];
    const float advantage = (record.advantage - state[p].advantage_mean) * state[p].advantage_scale;
    const PolicySample<float> scaled{record.action, record.old_log_prob, advantage,
                                     record.old_value, record.target};
    const PpoCoefficients<float> coef{
        static_cast<float>(params[p].clip), static_cast<float>(coefficient[p].entropy),
        static_cast<float>(coefficient[p].value_coef), params[p].clip_value != 0};
    const float weight = 1.0f / static_cast<float>(plan.valid(*counters));
    ppo_loss(logits + i * actions, mask + int64_t{at} * actions, actions, value[i], scaled, coef,
             weight, dlogits + i * actions, dvalue + i, terms + i * kPpoTerms);
  }
};

}  // namespace cusched
