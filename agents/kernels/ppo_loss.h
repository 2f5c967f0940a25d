// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>

#include "agents/kernels/categorical.h"
#include "agents/kernels/gae.h"
#include "agents/kernels/member.h"
#include "agents/kernels/rows.h"

namespace cusched {

// One sample of the PPO loss
//   L = -min(rho A, clip(rho, 1 - c, 1 + c) A) + value_coef * 1/2 (V - R)^2 - entropy * H
// with rho = exp(log p - log p_old) and, where asked for, PPO2's clipped value loss
// 1/2 max((V - R)^2, (V_old + clip(V - V_old, -c, c) - R)^2).
template <class S>
struct PpoCoefficients {
  S clip, entropy, value_coef;
  bool clip_value;
};

// Value of the loss terms and, times `weight`, the gradient of L with respect to logits and value,
// written out:
//   d log p_a / d z_j = [j = a] - p_j,    dH / d z_j = -p_j (log p_j + H).
// Masked logits get no gradient.
template <class S>
CUSCHED_HD void ppo_loss(const S* logits, const uint8_t* mask, int actions, S value,
                         const PpoSample<S>& sample, const PpoCoefficients<S>& coef, S weight,
                         S* dlogits, S* dvalue, S* terms) {
  // dlogits holds the exponentials, then the probabilities: they are the cost here.
  const MaskedSoftmax<S> softmax(logits, mask, actions, dlogits);
  const S log_total = std::log(softmax.total), inverse = S(1) / softmax.total;
  S entropy = 0;
  for (int a = 0; a < actions; ++a) {
    const S p = dlogits[a] * inverse;
    dlogits[a] = p;
    entropy -= p * (softmax.allowed(a) ? logits[a] - softmax.top - log_total : S(0));
  }

  const S log_ratio = logits[sample.action] - softmax.top - log_total - sample.old_log_prob;
  const S ratio = std::exp(log_ratio), advantage = sample.advantage;
  const S low = S(1) - coef.clip, high = S(1) + coef.clip;
  const S clipped = ratio < low ? low : (ratio > high ? high : ratio);
  const S plain = ratio * advantage, bounded = clipped * advantage;
  const bool flat = bounded < plain;  // then the clipped, constant branch is the minimum
  const S dlog = flat ? S(0) : -plain;

  for (int a = 0; a < actions; ++a) {
    const S p = dlogits[a], log_p = logits[a] - softmax.top - log_total;
    const S chosen = a == sample.action ? S(1) : S(0);
    const S slope = dlog * (chosen - p) + coef.entropy * p * (log_p + entropy);
    dlogits[a] = softmax.allowed(a) ? weight * slope : S(0);
  }

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
  terms[kEntropy] = entropy;
  terms[kApproxKl] = ratio - S(1) - log_ratio;  // Schulman's estimator "k3": never negative
  terms[kClipFraction] = ratio < low || ratio > high ? S(1) : S(0);
}

// The loss of a minibatch's rows. Row = m * rows + r of the call; member = member0 + m.
struct PpoLossRows {
  RolloutView data;
  const MemberParams* params;  // (P)
  const MemberState* state;    // (P)
  const int32_t* index;        // (P, index_rows): storage rows, -1 for padding
  const float* logits;         // (M, rows, A)
  const float* value;          // (M, rows)
  float* dlogits;              // (M, rows, A)
  float* dvalue;               // (M, rows)
  float* terms;                // (M, rows, kLossTerms)
  const Counters* counters;
  int64_t rows, first, index_rows;  // this call's rows are first .. first + rows - 1
  int64_t samples, minibatches;
  int member0, actions;

  CUSCHED_HD void operator()(int64_t i) const {
    const int64_t m = i / rows, r = i % rows, p = member0 + m;
    const int32_t at = index[p * index_rows + first + r];
#if !CUSCHED_DEVICE_CODE
    // Samples lie anywhere in memory: those needed soon are asked for now.
    constexpr int64_t kAhead = 8;
    if (const int64_t soon = r + kAhead < rows ? index[p * index_rows + first + r + kAhead] : -1;
        soon >= 0) {
      __builtin_prefetch(data.sample + soon);
      __builtin_prefetch(data.mask + soon * actions);
    }
#endif
    if (at < 0) {
      for (int a = 0; a < actions; ++a) dlogits[i * actions + a] = 0;
      for (int k = 0; k < kLossTerms; ++k) terms[i * kLossTerms + k] = 0;
      dvalue[i] = 0;
      return;
    }
    const MemberParams& member = params[p];
    const PpoSample<float> record = data.sample[at];
    const float advantage = (record.advantage - state[p].advantage_mean) * state[p].advantage_scale;
    const PpoSample<float> sample{record.action, record.old_log_prob, advantage, record.old_value,
                                  record.target};
    const PpoCoefficients<float> coef{
        static_cast<float>(member.clip), static_cast<float>(member.entropy),
        static_cast<float>(member.value_coef), member.clip_value != 0};
    const float weight = 1.0f / static_cast<float>(valid_samples());
    ppo_loss(logits + i * actions, data.mask + int64_t{at} * actions, actions, value[i], sample,
             coef, weight, dlogits + i * actions, dvalue + i, terms + i * kLossTerms);
  }
  // Samples of the running minibatch: the last one may be smaller.
  CUSCHED_HD int64_t valid_samples() const {
    const int64_t left = samples - counters->minibatch % minibatches * index_rows;
    return left < index_rows ? left : index_rows;
  }
};

// Sums of the loss terms over blocks of kSumBlock rows. Row = m * blocks + block; a call's blocks
// lie at first / kSumBlock in partial (P, all_blocks, kLossTerms).
struct LossTermSums {
  const float* terms;
  double* partial;
  int64_t rows, blocks, first_block, all_blocks;
  int member0;
  CUSCHED_HD void operator()(int64_t row, int64_t column) const {
    const int64_t m = row / blocks, block = row % blocks, begin = block * kSumBlock;
    const int64_t end = begin + kSumBlock < rows ? begin + kSumBlock : rows;
    double total = 0;
    for (int64_t r = begin; r < end; ++r) total += terms[(m * rows + r) * kLossTerms + column];
    partial[((member0 + m) * all_blocks + first_block + block) * kLossTerms + column] = total;
  }
};

// Sum and sum of squares of a minibatch's advantages over blocks of kSumBlock rows: partial
// (P, blocks, 2). Index = p * blocks + block.
struct AdvantageSums {
  RolloutView data;
  const int32_t* index;  // (P, rows)
  double* partial;
  int64_t rows, blocks;
  CUSCHED_HD void operator()(int64_t i) const {
    const int64_t p = i / blocks, begin = i % blocks * kSumBlock;
    const int64_t end = begin + kSumBlock < rows ? begin + kSumBlock : rows;
    double total = 0, square = 0;
    for (int64_t r = begin; r < end; ++r) {
      const int32_t at = index[p * rows + r];
      if (at < 0) continue;
      const double a = data.sample[at].advantage;
      total += a;
      square += a * a;
    }
    partial[2 * i] = total;
    partial[2 * i + 1] = square;
  }
};

// Mean and 1 / (deviation + 1e-8) of a minibatch's advantages, or 0 and 1 when they are used as
// they are. The deviation is the unbiased one. One member.
struct AdvantageMoments {
  const double* partial;
  MemberState* state;
  const Counters* counters;
  int64_t rows, blocks, samples, minibatches;
  bool normalise;
  CUSCHED_HD void operator()(int64_t p) const {
    double total = 0, square = 0;
    for (int64_t b = 0; b < blocks; ++b) {
      total += partial[2 * (p * blocks + b)];
      square += partial[2 * (p * blocks + b) + 1];
    }
    const int64_t left = samples - counters->minibatch % minibatches * rows;
    const double n = static_cast<double>(left < rows ? left : rows), mean = total / n;
    const double spread = square - total * mean;
    const double var = n > 1 && spread > 0 ? spread / (n - 1) : 0;
    state[p].advantage_mean = normalise ? static_cast<float>(mean) : 0.0f;
    state[p].advantage_scale = normalise ? static_cast<float>(1.0 / (std::sqrt(var) + 1e-8)) : 1.0f;
  }
};

}  // namespace cusched
