// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>

#include "agents/kernels/categorical.h"
#include "agents/kernels/member.h"
#include "agents/kernels/returns.h"
#include "agents/kernels/rows.h"
#include "cuda/team.h"

namespace cusched {

inline constexpr double kAdamBeta1 = 0.9, kAdamBeta2 = 0.999;

// grad (P, n) = sum over tasks, in order, of task_grad (P, tasks, n); and the sum of squares over
// blocks of kSumBlock numbers, partial (P, blocks). Team = p * blocks + block.
struct ReduceGradients {
  const float* task_grad;
  float* grad;
  double* partial;
  int64_t n, tasks, blocks;
  template <class Team>
  CUSCHED_HD void operator()(const Team& team, int64_t i) const {
    const int64_t p = i / blocks, begin = i % blocks * kSumBlock;
    const int64_t count = begin + kSumBlock < n ? kSumBlock : n - begin;
    const float* const from = task_grad + p * tasks * n + begin;
    float* const to = grad + p * n + begin;
    team.for_each(count, [&](int64_t j) {
      float total = from[j];
      for (int64_t k = 1; k < tasks; ++k) total += from[k * n + j];
      to[j] = total;
    });
    const double square = team.sum(count, [&](int64_t j) { return double{to[j]} * to[j]; });
    team.once([&] { partial[i] = square; });
  }
};

// The gradient steps of an iteration: each member has a pool of samples that is cut into
// `minibatches` steps of `rows`; the last one may have fewer.
struct StepPlan {
  int64_t rows, pool, minibatches;
  CUSCHED_HD int64_t first(const Counters& counters) const {
    return counters.minibatch % minibatches * rows;
  }
  // Samples of the running gradient step.
  CUSCHED_HD int64_t valid(const Counters& counters) const {
    const int64_t left = pool - first(counters);
    return left < rows ? left : rows;
  }
};

// `count` loss terms beside zeros.
using TermSums = Sums<kMaxTerms>;
template <class V>
CUSCHED_HD TermSums load_terms(const V* from, int count) {
  TermSums terms{};
  for (int k = 0; k < count; ++k) terms.v[k] = from[k];
  return terms;
}

// Sums of the loss terms over blocks of kSumBlock rows. Team = m * blocks + block; a call's blocks
// lie at first_block in partial (P, all_blocks, count).
struct LossTermSums {
  const float* terms;  // (M, rows, count)
  double* partial;
  int64_t rows, blocks, first_block, all_blocks;
  int member0, count;
  template <class Team>
  CUSCHED_HD void operator()(const Team& team, int64_t i) const {
    const int64_t m = i / blocks, block = i % blocks, begin = block * kSumBlock;
    const float* const from = terms + (m * rows + begin) * count;
    const TermSums total = team.sum(begin + kSumBlock < rows ? kSumBlock : rows - begin,
                                    [&](int64_t r) { return load_terms(from + r * count, count); });
    double* const to = partial + ((member0 + m) * all_blocks + first_block + block) * count;
    team.for_each(count, [&](int64_t k) { to[k] = total.v[k]; });
  }
};

// Decides a member's gradient step: stop, global-norm clip, schedule, Adam's bias corrections. Team
// = member.
struct StepScalars {
  const double* norm_partial;  // (P, norm_blocks)
  const double* term_partial;  // (P, term_blocks, terms)
  const MemberParams* params;
  MemberState* state;
  const Counters* counters;
  int64_t norm_blocks, term_blocks;
  int terms, stop_term;  // the term that stop_above looks at; -1: none
  StepPlan plan;
  int64_t samples;     // environment steps of a member and iteration
  double total_steps;  // as in schedule_share
  bool adam;
  template <class Team>
  CUSCHED_HD void operator()(const Team& team, int64_t p) const {
    const double square =
        team.sum(norm_blocks, [&](int64_t b) { return norm_partial[p * norm_blocks + b]; });
    const TermSums term = team.sum(term_blocks, [&](int64_t b) {
      return load_terms(term_partial + (p * term_blocks + b) * terms, terms);
    });
    team.once([&] { decide(p, square, term.v); });
  }

 private:
  CUSCHED_HD void decide(int64_t p, double square, const double* term) const {
    const MemberParams& member = params[p];
    MemberState& s = state[p];
    s.apply = 0;
    if (s.active == 0) return;
    const double n = static_cast<double>(plan.valid(*counters));
    const double norm = std::sqrt(square);
    for (int k = 0; k < terms; ++k) s.term_sum[k] += term[k] / n;
    s.norm_sum += norm;
    s.minibatches += 1;
    // A gradient that is not finite would destroy the weights for good: it is not applied.
    if (!(norm < 1e30)) return;
    if (stop_term >= 0 && member.stop_above > 0 && term[stop_term] / n > member.stop_above) {
      s.active = 0;
      return;
    }
    s.apply = 1;
    s.updates += 1;
    s.optimiser_step += 1;
    s.grad_scale = member.max_grad_norm > 0 && norm > member.max_grad_norm
                       ? static_cast<float>(member.max_grad_norm / (norm + 1e-6))
                       : 1.0f;
    const double rate = member.learning_rate * schedule_share(*counters, samples, total_steps);
    const uint32_t step = static_cast<uint32_t>(s.optimiser_step);
    s.step_size = static_cast<float>(adam ? rate / (1 - integer_power(kAdamBeta1, step)) : rate);
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

// RMSProp (Hinton 2012) on clipped gradients, without momentum. Row = p, column = parameter.
struct RmspropUpdate {
  float *param, *second;  // (P, n)
  const float* grad;      // (P, n)
  const MemberState* state;
  int64_t n;
  float eps, alpha;
  bool eps_inside;  // sqrt(second + eps) instead of sqrt(second) + eps
  CUSCHED_HD void operator()(int64_t p, int64_t j) const {
    const MemberState& s = state[p];
    if (s.apply == 0) return;
    const int64_t i = p * n + j;
    const float g = grad[i] * s.grad_scale;
    const float v = alpha * second[i] + (1 - alpha) * g * g;
    second[i] = v;
    param[i] -= s.step_size * g / (eps_inside ? std::sqrt(v + eps) : std::sqrt(v) + eps);
  }
};

// After a gradient step: the next one.
struct AdvanceMinibatch {
  Counters* counters;
  CUSCHED_HD void operator()(int64_t) const { counters->minibatch += 1; }
};

}  // namespace cusched
