// SPDX-License-Identifier: MIT
#pragma once

#include "agents/learner.h"

namespace cusched {

// Starts the first episodes: their observations become row T, from which a rollout starts.
void start_environments(Learner& learner);

// T steps of every environment with actions sampled from the current policies. On the CPU, chunks
// of at most kChunkRows lanes of one member run all their steps on one thread; on CUDA all lanes
// step together and the call may be captured.
void run_rollout(Learner& learner);

}  // namespace cusched
