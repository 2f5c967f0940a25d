// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/measure.h"
#include "envs/registry.h"

namespace cusched {

// Environments whose speed is measured.
struct BenchEnvironments {
  std::string env = "admission";
  std::vector<EnvValue> values;  // its options, e.g. {"load", "1.5", "--load"}
  int members = 1;               // P
  int envs = 4096;               // E
  Device device;
  int width = 0;  // CUDA: BatchOptions::width
  uint64_t seed = 1;

  std::unique_ptr<Batch> make() const;
  std::string config_json() const;  // object: everything above; on CUDA the width that it comes to
};

// What drives the environments.
enum class EnvDriver : uint8_t {
  kHeuristic,  // a built-in heuristic chooses, T steps a launch
  kStepwise,   // the same with a launch for every step, as a learner that chooses outside does
  kPolicy,     // a policy's greedy actions and Batch::step: the rollout of an evaluation
};

struct EnvSpeedOptions {
  BenchEnvironments environments;
  EnvDriver driver = EnvDriver::kHeuristic;
  std::string heuristic = "random-feasible";
  std::string policy_file;      // kPolicy: a policy.pt; empty: an untrained mlp 64-64
  int64_t steps = 64;           // T: rows that are written over and over
  int64_t warmup_steps = 2000;  // untimed steps of every environment, so that a backlog builds up
  Timing timing;
};

// Environment steps per second: observations, masks, rewards and resets included, warm-up excluded.
// First checks on a small batch that the timed path computes what single steps do (and on CUDA what
// the CPU does); throws Error where it does not. Metrics env_NAME of the driver:
// env_random_feasible, env_stepwise, rollout_policy; details: decisions_per_s, starts_per_step,
// resets_per_step, mean_queue (null while no episode has ended) and ns_per_step.
BenchResult measure_env_speed(const EnvSpeedOptions& options);

// The small batch that validate_env_speed plays for these environments: on CUDA with the width that
// they themselves have.
BenchEnvironments validation_batch(const BenchEnvironments& environments);

// The check on its own: T steps in one call, T single steps with the same actions and, on CUDA, the
// CPU end in equal states.
void validate_env_speed(const BenchEnvironments& environments, const std::string& heuristic);

}  // namespace cusched
