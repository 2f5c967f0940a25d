// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "agents/learner.h"

namespace cusched {

// Lanes that choose their actions together: step t of lanes lane0 .. lane0 + rows - 1 of member
// member0, and of as many of each of the members that follow it.
struct ChoiceCall {
  const Stage& stage;
  int member0, members;
  int64_t lane0, rows, t;
};
// Writes data.action of those lanes.
using Chooser = std::function<void(const ChoiceCall&)>;

// Starts the first episodes: their observations become row T, from which a rollout starts.
void start_environments(Learner& learner);

// T steps of every environment with the actions of `choose`. On the CPU, chunks of at most
// kChunkLanes lanes of one member run all their steps on one thread; on CUDA all lanes step
// together and the call may be captured.
void run_rollout(Learner& learner, const Chooser& choose);

// The actor's output of those lanes, into stage.logits.
void forward_actor(const Learner& learner, const ChoiceCall& call);
// Samples from the current policies; log_prob (T, P, E) may be null.
void sample_actions(const Learner& learner, const ChoiceCall& call, float* log_prob);

}  // namespace cusched
