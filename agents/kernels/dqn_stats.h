// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "agents/kernels/member.h"
#include "agents/kernels/replay.h"
#include "agents/kernels/returns.h"
#include "agents/kernels/schedule.h"

namespace cusched {

// Statistics of an iteration that DQN has beside those of all algorithms.
enum DqnStat : int { kStatEpsilon, kStatReplayFill, kStatDqnReward, kStatDqnScale, kDqnStats };
inline constexpr const char* kDqnStatNames[kDqnStats] = {"epsilon", "replay_fill", "reward_mean",
                                                         "reward_scale"};

// One member's; `stats` (P, width) at the first of them.
struct WriteDqnStats {
  const double* partial;  // (P, blocks, kLaneSums)
  const MemberState* state;
  const LinearMove* epsilon;  // (P)
  Progress progress;
  ReplayView replay;
  float* stats;
  int width;
  int64_t blocks;
  CUSCHED_HD void operator()(int64_t p) const {
    float* const out = stats + p * width;
    const int64_t kept = replay.counters->head - replay.oldest();
    out[kStatEpsilon] = epsilon[p].at(progress.done());
    out[kStatReplayFill] =
        static_cast<float>(static_cast<double>(kept) / static_cast<double>(replay.rows - 1));
    out[kStatDqnReward] = static_cast<float>(lane_total(partial, blocks, p, kSumReward) /
                                             static_cast<double>(progress.samples));
    out[kStatDqnScale] = state[p].reward_scale;
  }
};

}  // namespace cusched
