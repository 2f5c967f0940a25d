// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"

namespace cusched {

// Hyper-parameters of one member that all algorithms share, in an array (P) on the device.
struct MemberParams {
  double learning_rate;
  double gamma;
  double gamma_per_s;    // gamma^(1 / tick_s), for discounting by elapsed time
  double max_grad_norm;  // 0: no clip
  double stop_above;     // mean of the plan's stop term above which a member stops; 0: never
  float reward_clip;     // of scaled rewards; 0: none
};

// Numbers that a loss reports of each sample, at most.
inline constexpr int kMaxTerms = 6;

// Statistics of an iteration that all algorithms have, after those of the loss terms; an
// algorithm's own follow.
enum Stat : int {
  kStatGradNorm,
  kStatUpdates,  // gradient steps applied
  kStatLearningRate,
  kSharedStats
};
inline constexpr const char* kSharedStatNames[kSharedStats] = {"grad_norm", "updates",
                                                               "learning_rate"};

// What a member carries from gradient step to gradient step and from iteration to iteration; an
// array (P) on the device, saved as it is. No padding.
struct MemberState {
  int64_t optimiser_step;  // gradient steps ever applied
  double return_count;     // running statistics of the discounted return
  double return_mean;
  double return_m2;
  double term_sum[kMaxTerms];  // means of the loss terms, summed over this iteration's steps
  double norm_sum;
  int64_t minibatches;  // gradient steps in those sums
  int64_t updates;      // of which applied
  float reward_scale;
  float advantage_mean;   // of the running gradient step
  float advantage_scale;  // 1 / deviation
  float grad_scale;       // of global-norm clipping
  float step_size;        // learning rate with the optimiser's bias corrections
  float second_scale;     // Adam: 1 / sqrt(1 - beta2^step)
  uint32_t active;        // 0: stopped until the next iteration
  uint32_t apply;         // 1: the running gradient step is applied
};
static_assert(sizeof(MemberState) == 8 * (7 + kMaxTerms) + 32, "saved byte by byte");

// A reward as the learner sees it: scaled and, with scaling, clipped.
CUSCHED_HD float scaled_reward(const MemberParams& member, const MemberState& state, float raw) {
  float reward = raw * state.reward_scale;
  if (member.reward_clip > 0) {
    reward = reward > member.reward_clip ? member.reward_clip : reward;
    reward = reward < -member.reward_clip ? -member.reward_clip : reward;
  }
  return reward;
}

}  // namespace cusched
