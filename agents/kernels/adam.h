// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>

#include "agents/kernels/categorical.h"
#include "agents/kernels/gae.h"
#include "agents/kernels/member.h"
#include "agents/kernels/rows.h"

namespace cusched {

inline constexpr double kAdamBeta1 = 0.9, kAdamBeta2 = 0.999;

// grad (P, n) = sum over tasks, in order, of task_grad (P, tasks, n); and the sum of squares over
// blocks of kSumBlock numbers, partial (P, blocks). Index = p * blocks + block.
struct ReduceGradients {
  const float* task_grad;
  float* grad;
  double* partial;
  int64_t n, tasks, blocks;
  CUSCHED_HD void operator()(int64_t i) const {
    const int64_t p = i / blocks, begin = i % blocks * kSumBlock;
    const int64_t end = begin + kSumBlock < n ? begin + kSumBlock : n;
    double square = 0;
    for (int64_t j = begin; j < end; ++j) {
      float total = task_grad[p * tasks * n + j];
      for (int64_t k = 1; k < tasks; ++k) total += task_grad[(p * tasks + k) * n + j];
      grad[p * n + j] = total;
      square += double{total} * total;
    }
    partial[i] = square;
  }
};

// Decides a member's gradient step: KL stop, global-norm clip, schedule, Adam's bias corrections.
// One member.
struct StepScalars {
  const double* norm_partial;  // (P, norm_blocks)
  const double* term_partial;  // (P, term_blocks, kLossTerms)
  const MemberParams* params;
  MemberState* state;
  const Counters* counters;
  int64_t norm_blocks, term_blocks;
  int64_t rows, samples, minibatches;  // as in MinibatchIndex
  double total_steps;                  // as in schedule_share
  CUSCHED_HD void operator()(int64_t p) const {
    const MemberParams& member = params[p];
    MemberState& s = state[p];
    s.apply = 0;
    if (s.active == 0) return;
    double square = 0, term[kLossTerms] = {};
    for (int64_t b = 0; b < norm_blocks; ++b) square += norm_partial[p * norm_blocks + b];
    for (int64_t b = 0; b < term_blocks; ++b)
      for (int k = 0; k < kLossTerms; ++k)
        term[k] += term_partial[(p * term_blocks + b) * kLossTerms + k];
    const int64_t left = samples - counters->minibatch % minibatches * rows;
    const double n = static_cast<double>(left < rows ? left : rows);
    const double norm = std::sqrt(square);
    for (int k = 0; k < kLossTerms; ++k) s.term_sum[k] += term[k] / n;
    s.norm_sum += norm;
    s.minibatches += 1;
    // A gradient that is not finite would destroy the weights for good: it is not applied.
    if (!(norm < 1e30)) return;
    if (member.target_kl > 0 && term[kApproxKl] / n > 1.5 * member.target_kl) {
      s.active = 0;
      return;
    }
    s.apply = 1;
    s.updates += 1;
    s.adam_step += 1;
    s.grad_scale = member.max_grad_norm > 0 && norm > member.max_grad_norm
                       ? static_cast<float>(member.max_grad_norm / (norm + 1e-6))
                       : 1.0f;
    const double left_share = schedule_share(*counters, samples, total_steps);
    const uint32_t step = static_cast<uint32_t>(s.adam_step);
    s.step_size = static_cast<float>(member.learning_rate * left_share /
                                     (1 - integer_power(kAdamBeta1, step)));
    s.second_scale = static_cast<float>(1 / std::sqrt(1 - integer_power(kAdamBeta2, step)));
  }
};

// Adam (Kingma and Ba 2015) on clipped gradients. Row = p, column = parameter.
struct AdamUpdate {
  float *param, *first, *second;  // (P, n)
  const float* grad;              // (P, n)
  const MemberState* state;
  int64_t n;
  float eps;
  CUSCHED_HD void operator()(int64_t p, int64_t j) const {
    const MemberState& s = state[p];
    if (s.apply == 0) return;
    const int64_t i = p * n + j;
    const float g = grad[i] * s.grad_scale;
    constexpr float b1 = static_cast<float>(kAdamBeta1), b2 = static_cast<float>(kAdamBeta2);
    const float m = b1 * first[i] + (1 - b1) * g;
    const float v = b2 * second[i] + (1 - b2) * g * g;
    first[i] = m;
    second[i] = v;
    param[i] -= s.step_size * m / (std::sqrt(v) * s.second_scale + eps);
  }
};

// After a minibatch: the next one.
struct AdvanceMinibatch {
  Counters* counters;
  CUSCHED_HD void operator()(int64_t) const { counters->minibatch += 1; }
};

}  // namespace cusched
