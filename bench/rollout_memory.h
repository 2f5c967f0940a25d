// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/device.h"
#include "envs/batch.h"

namespace cusched {

// Shares of the steps in a filled rollout: what the steps of a benchmark were about, so that idle
// ticks cannot pass for work.
struct RolloutFacts {
  double decisions_per_step = 0;  // steps at which at least one candidate was allowed
  double starts_per_step = 0;     // steps whose action was a candidate
  double resets_per_step = 0;     // steps that ended an episode
};

// Rollout buffers (T, P, E, ...) of a batch, in its device's memory: where a benchmark's steps
// write.
class RolloutMemory {
 public:
  // Throws InputError where the machine's memory does not hold T steps.
  RolloutMemory(const Batch& batch, int64_t steps);

  // Where step t writes: observations and masks of the next step at row t.
  const RolloutBuffers& rows() const { return rows_; }
  StepBuffers at(int64_t t) const { return rows_.at(t); }
  int32_t* action(int64_t t) const;  // (P, E)
  int64_t steps() const { return steps_; }

  // Counts over rows 1 .. T - 1; row t's action belongs to the mask of row t - 1. Synchronises.
  RolloutFacts facts(const Exec& exec) const;

 private:
  BatchShape shape_;
  int64_t steps_;
  DeviceMemory obs_, mask_, reward_, done_, elapsed_, action_;
  RolloutBuffers rows_;
};

}  // namespace cusched
