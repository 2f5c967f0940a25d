// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "agents/kernels/member.h"
#include "agents/kernels/rows.h"
#include "cuda/macros.h"
#include "cuda/team.h"

namespace cusched {

// base^n by squaring: only products, so every back end gets the same bits.
CUSCHED_HD double integer_power(double base, uint32_t n) {
  double result = 1;
  for (; n != 0; n >>= 1) {
    if (n & 1u) result *= base;
    base *= base;
  }
  return result;
}

// Discount of a step that took `elapsed_s`: gamma, or gamma^(elapsed_s / tick_s).
CUSCHED_HD float step_discount(const MemberParams& params, bool by_time, int32_t elapsed_s) {
  if (!by_time) return static_cast<float>(params.gamma);
  return static_cast<float>(
      integer_power(params.gamma_per_s, static_cast<uint32_t>(elapsed_s > 0 ? elapsed_s : 0)));
}

// What a rollout left behind, L = P * E lanes.
struct RolloutView {
  float* obs;            // (T + 1, P, E, D), raw
  uint8_t* mask;         // (T + 1, P, E, A)
  int32_t* action;       // (T, P, E)
  float* reward;         // (T, P, E)
  uint8_t* done;         // (T, P, E)
  int32_t* elapsed_s;    // (T, P, E)
  int32_t* final_index;  // (T, P, E)
  float* final_obs;      // (P, E, final_rows, D)
  int32_t* final_count;  // (P, E)
  uint8_t* final_mask;   // (P, E, final_rows, A); null where the algorithm has no use for it
  int64_t steps, lanes;  // T, L
  int envs, final_rows;  // E
};

// Sums that a lane contributes to its member's statistics.
enum LaneSum : int {
  kSumReward,  // raw rewards
  kSumReturn,  // running discounted return, and its square, for reward scaling
  kSumReturnSq,
  kSumTarget,  // value targets, and their squares
  kSumTargetSq,
  kSumError,  // target - value, and its square
  kSumErrorSq,
  kSumValue,
  kLaneSums
};
using LaneSums = Sums<kLaneSums>;

// Running discounted return of raw rewards, as reward scaling wants it; it forgets at an episode's
// end. One lane.
struct TrackReturns {
  RolloutView data;
  const MemberParams* params;  // (P)
  double* running;             // (L)
  LaneSums* sums;              // (L)
  bool by_time;
  CUSCHED_HD void operator()(int64_t lane) const {
    const MemberParams& member = params[lane / data.envs];
    double value = running[lane], reward = 0, total = 0, square = 0;
    for (int64_t t = 0; t < data.steps; ++t) {
      const int64_t i = t * data.lanes + lane;
      value = value * step_discount(member, by_time, data.elapsed_s[i]) + data.reward[i];
      reward += data.reward[i];
      total += value;
      square += value * value;
      if (data.done[i] != 0) value = 0;
    }
    running[lane] = value;
    double* const out = sums[lane].v;
    out[kSumReward] = reward;
    out[kSumReturn] = total;
    out[kSumReturnSq] = square;
  }
};

// Sums of lanes over blocks of kSumBlock lanes of a member. Team = p * blocks + block.
struct LaneBlockSums {
  const LaneSums* sums;  // (P, E)
  LaneSums* partial;     // (P, blocks)
  int64_t envs, blocks;
  template <class Team>
  CUSCHED_HD void operator()(const Team& team, int64_t i) const {
    const int64_t begin = i % blocks * kSumBlock;
    const LaneSums* const from = sums + i / blocks * envs + begin;
    const LaneSums total = team.sum(begin + kSumBlock < envs ? kSumBlock : envs - begin,
                                    [&](int64_t e) { return from[e]; });
    team.once([&] { partial[i] = total; });
  }
};

// A member's totals of those, for all threads of a team.
template <class Team>
CUSCHED_HD LaneSums lane_totals(const Team& team, const LaneSums* partial, int64_t blocks,
                                int64_t p) {
  return team.sum(blocks, [&](int64_t b) { return partial[p * blocks + b]; });
}

}  // namespace cusched
