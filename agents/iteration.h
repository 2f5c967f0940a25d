// SPDX-License-Identifier: MIT
#pragma once

#include "agents/learner.h"

namespace cusched {

// Parts of an iteration that all algorithms have. Each may be captured.

// After a rollout: sums of its rewards by member (LaneSum kSumReward) and, where rewards are
// scaled, the scale with this rollout's returns in it.
void track_rewards(Learner& learner);
// Adds lane_sums (L) up by blocks of lanes, into lane_partial.
void sum_lanes(Learner& learner);
// Before an iteration's gradient steps.
void begin_updates(Learner& learner);
// At the end: observation normaliser with this rollout in it, statistics, counters.
void finish_iteration(Learner& learner);

}  // namespace cusched
