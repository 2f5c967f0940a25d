// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "agents/algorithm.h"
#include "bench/env_speed.h"

namespace cusched {

struct TrainSpeedOptions {
  BenchEnvironments environments;
  NetworkConfig network;                 // mlp 64-64
  std::shared_ptr<Algorithm> algorithm;  // with its configuration
  int warmup_iterations = 2;             // on CUDA the second one captures the graphs
  Timing timing;
};

// Environment steps per second of an algorithm's iterations, everything included: rollout with
// resets, gradient steps, optimiser, normaliser. Metric train_ALGORITHM; details: iterations_per_s,
// the last iteration's statistics per member ("statistics") and updates_per_s (gradient steps of
// member 0).
// Throws Error where a statistic is not finite: a speed of a diverged training would mean nothing.
BenchResult measure_train_speed(const TrainSpeedOptions& options);

}  // namespace cusched
