// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>

#include "agents/kernels/gae.h"
#include "agents/kernels/optimiser.h"

namespace cusched {

// Sum and sum of squares of a gradient step's advantages over blocks of kSumBlock rows: partial
// (P, blocks, 2). Index = p * blocks + block.
struct AdvantageSums {
  const PolicySample<float>* sample;  // (T, P, E)
  const int32_t* index;               // (P, rows)
  double* partial;
  int64_t rows, blocks;
  CUSCHED_HD void operator()(int64_t i) const {
    const int64_t p = i / blocks, begin = i % blocks * kSumBlock;
    const int64_t end = begin + kSumBlock < rows ? begin + kSumBlock : rows;
    double total = 0, square = 0;
    for (int64_t r = begin; r < end; ++r) {
      const int32_t at = index[p * rows + r];
      if (at < 0) continue;
      const double a = sample[at].advantage;
      total += a;
      square += a * a;
    }
    partial[2 * i] = total;
    partial[2 * i + 1] = square;
  }
};

// Mean and 1 / (deviation + 1e-8) of a gradient step's advantages, or 0 and 1 when they are used as
// they are. The deviation is the unbiased one. One member.
struct AdvantageMoments {
  const double* partial;
  MemberState* state;
  const Counters* counters;
  int64_t blocks;
  StepPlan plan;
  bool normalise;
  CUSCHED_HD void operator()(int64_t p) const {
    double total = 0, square = 0;
    for (int64_t b = 0; b < blocks; ++b) {
      total += partial[2 * (p * blocks + b)];
      square += partial[2 * (p * blocks + b) + 1];
    }
    const double n = static_cast<double>(plan.valid(*counters)), mean = total / n;
    const double spread = square - total * mean;
    const double var = n > 1 && spread > 0 ? spread / (n - 1) : 0;
    state[p].advantage_mean = normalise ? static_cast<float>(mean) : 0.0f;
    state[p].advantage_scale = normalise ? static_cast<float>(1.0 / (std::sqrt(var) + 1e-8)) : 1.0f;
  }
};

}  // namespace cusched
