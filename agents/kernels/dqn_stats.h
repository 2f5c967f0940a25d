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

// Team = member; `stats` (P, width) at the first of them.
struct WriteDqnStats {
  const LaneSums* partial;  // (P, blocks)
  const MemberState* state;
  const LinearMove* epsilon;  // (P)
  Progress progress;
  ReplayView replay;
  float* stats;
  int width;
  int64_t blocks;
  template <class Team>
  CUSCHED_HD void operator()(const Team& team, int64_t p) const {
    const LaneSums total = lane_totals(team, partial, blocks, p);
    team.once([&] { write(p, total.v[kSumReward], stats + p * width); });
  }

 private:
  CUSCHED_HD void write(int64_t p, double reward, float* out) const {
    const int64_t kept = replay.counters->head - replay.oldest();
    out[kStatEpsilon] = epsilon[p].at(progress.done());
    out[kStatReplayFill] =
        static_cast<float>(static_cast<double>(kept) / static_cast<double>(replay.rows - 1));
    out[kStatDqnReward] = static_cast<float>(reward / static_cast<double>(progress.samples));
    out[kStatDqnScale] = state[p].reward_scale;
  }
};

}  // namespace cusched
