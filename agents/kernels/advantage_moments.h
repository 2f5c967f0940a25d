// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>

#include "agents/kernels/gae.h"
#include "agents/kernels/optimiser.h"
#include "cuda/team.h"

namespace cusched {

// Sum and sum of squares of a gradient step's advantages over blocks of kSumBlock rows: partial
// (P, blocks). Team = p * blocks + block.
struct AdvantageSums {
  const PolicySample<float>* sample;  // (T, P, E)
  const int32_t* index;               // (P, rows)
  Sums<2>* partial;
  int64_t rows, blocks;
  template <class Team>
  CUSCHED_HD void operator()(const Team& team, int64_t i) const {
    const int64_t p = i / blocks, begin = i % blocks * kSumBlock;
    const int32_t* const at = index + p * rows + begin;
    const Sums<2> sums =
        team.sum(begin + kSumBlock < rows ? kSumBlock : rows - begin, [&](int64_t r) {
          const double a = at[r] < 0 ? 0.0 : double{sample[at[r]].advantage};
          return Sums<2>{{a, a * a}};
        });
    team.once([&] { partial[i] = sums; });
  }
};

// Mean and 1 / (deviation + 1e-8) of a gradient step's advantages, or 0 and 1 when they are used as
// they are. The deviation is the unbiased one. Team = member.
struct AdvantageMoments {
  const Sums<2>* partial;
  MemberState* state;
  const Counters* counters;
  int64_t blocks;
  StepPlan plan;
  bool normalise;
  template <class Team>
  CUSCHED_HD void operator()(const Team& team, int64_t p) const {
    const Sums<2> sums = team.sum(blocks, [&](int64_t b) { return partial[p * blocks + b]; });
    const double total = sums.v[0], square = sums.v[1];
    const double n = static_cast<double>(plan.valid(*counters)), mean = total / n;
    const double spread = square - total * mean;
    const double var = n > 1 && spread > 0 ? spread / (n - 1) : 0;
    team.once([&] {
      state[p].advantage_mean = normalise ? static_cast<float>(mean) : 0.0f;
      state[p].advantage_scale =
          normalise ? static_cast<float>(1.0 / (std::sqrt(var) + 1e-8)) : 1.0f;
    });
  }
};

}  // namespace cusched
