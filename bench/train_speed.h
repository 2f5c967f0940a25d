// SPDX-License-Identifier: MIT
#pragma once

#include "agents/trainer.h"
#include "bench/env_speed.h"

namespace cusched {

struct TrainSpeedOptions {
  BenchEnvironments environments;
  NetworkConfig network;      // mlp 64-64
  PpoConfig ppo;              // T = 128, 4 epochs, minibatch 16,384
  int warmup_iterations = 2;  // on CUDA the second one captures the graphs
  Timing timing;
};

// Environment steps per second of PPO's iterations, everything included: rollout with resets,
// advantages, epochs, optimiser, normaliser. Metric train_ppo; details: iterations_per_s, the last
// iteration's statistics per member ("statistics") and updates_per_s (gradient steps of a member).
// Throws Error where a statistic is not finite: a speed of a diverged training would mean nothing.
BenchResult measure_train_speed(const TrainSpeedOptions& options);

}  // namespace cusched
