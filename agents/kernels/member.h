// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace cusched {

// Hyper-parameters of one member, in an array (P) on the device.
struct MemberParams {
  double learning_rate;
  double gamma;
  double gamma_per_s;  // gamma^(1 / tick_s), for discounting by elapsed time
  double lambda;
  double clip;
  double entropy;
  double value_coef;
  double max_grad_norm;  // 0: no clip
  double target_kl;      // 0: never stops
  float reward_clip;     // of scaled rewards; 0: none
  uint32_t clip_value;   // 1: PPO2's clipped value loss
};

// What a minibatch adds to a member's statistics.
enum LossTerm : int { kPolicyLoss, kValueLoss, kEntropy, kApproxKl, kClipFraction, kLossTerms };

// Statistics of an iteration, in the order of TrainStats::names.
enum Stat : int {
  kStatPolicyLoss,
  kStatValueLoss,
  kStatEntropy,
  kStatApproxKl,
  kStatClipFraction,
  kStatGradNorm,
  kStatUpdates,  // gradient steps applied
  kStatLearningRate,
  kStatExplainedVariance,
  kStatValueMean,
  kStatReturnMean,  // value target, in scaled rewards
  kStatRewardMean,  // raw reward of a step
  kStatRewardScale,
  kStats
};
inline constexpr const char* kStatNames[kStats] = {
    "policy_loss", "value_loss",  "entropy",       "approx_kl",          "clip_fraction",
    "grad_norm",   "updates",     "learning_rate", "explained_variance", "value_mean",
    "return_mean", "reward_mean", "reward_scale"};

// What a member carries from minibatch to minibatch and from iteration to iteration; an array (P)
// on the device, saved as it is. No padding.
struct MemberState {
  int64_t adam_step;    // gradient steps ever applied
  double return_count;  // running statistics of the discounted return
  double return_mean;
  double return_m2;
  double term_sum[kLossTerms];  // sums over this iteration's minibatches
  double norm_sum;
  int64_t minibatches;  // minibatches in those sums
  int64_t updates;      // of which applied
  float reward_scale;
  float advantage_mean;   // of the running minibatch
  float advantage_scale;  // 1 / deviation
  float grad_scale;       // of global-norm clipping
  float step_size;        // learning rate with Adam's bias corrections
  float second_scale;     // 1 / sqrt(1 - beta2^step)
  uint32_t active;        // 0: stopped by its KL divergence until the next iteration
  uint32_t apply;         // 1: the running minibatch's step is applied
};
static_assert(sizeof(MemberState) == 8 * (7 + kLossTerms) + 32, "saved byte by byte");

}  // namespace cusched
