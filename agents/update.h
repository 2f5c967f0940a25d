// SPDX-License-Identifier: MIT
#pragma once

#include "agents/learner.h"

namespace cusched {

// The parts of an iteration after the rollout, in order. On CUDA each may be captured; a graph of
// run_minibatch is replayed epochs * minibatches times.

// Values of all observations (T + 1 rows and the final ones), reward scale, advantages.
void compute_advantages(Learner& learner);
// One minibatch of every member: loss, gradient, clipped Adam step.
void run_minibatch(Learner& learner);
// Observation normaliser, statistics, iteration counter.
void finish_iteration(Learner& learner);

}  // namespace cusched
