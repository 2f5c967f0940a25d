// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "agents/kernels/schedule.h"
#include "agents/kernels/td_loss.h"

namespace cusched {

// Epsilon-greedy actions of a rollout step: with probability epsilon, and always before the
// learning starts, any allowed action with equal chances; else the best. Row r is lane lane0 + r.
struct EpsilonGreedy {
  const float* logits;        // (rows, A)
  const uint8_t* mask;        // (P, E, A) of this step
  int32_t* action;            // (P, E)
  const LinearMove* epsilon;  // (P)
  Progress progress;
  int64_t lane0;
  int64_t step, steps;      // t and T
  int64_t learning_starts;  // environment steps per member
  uint32_t seed;
  int member_offset, envs, actions;

  CUSCHED_HD void operator()(int64_t r) const {
    const int64_t lane = lane0 + r, iteration = progress.counters->iteration;
    const uint64_t index = static_cast<uint64_t>(iteration * steps + step);
    const RngKey key{seed, static_cast<uint32_t>(member_offset + lane / envs),
                     static_cast<uint32_t>(lane % envs), static_cast<uint32_t>(index >> 32)};
    const Philox4 bits = draw4(key, kStreamExploration, static_cast<uint32_t>(index));
    const uint8_t* const allowed = mask + lane * actions;
    const bool warming = (iteration * steps + step) * envs < learning_starts;
    const float chance = epsilon[lane / envs].at(progress.done());
    action[lane] = warming || unit_float(bits.v[0]) < chance
                       ? any(allowed, bits.v[1])
                       : QRow<float>(logits + r * actions, allowed, actions).best();
  }
  // "none", the last action, is always allowed.
  CUSCHED_HD int any(const uint8_t* allowed, uint32_t bits) const {
    uint32_t count = 0;
    for (int a = 0; a < actions; ++a) count += allowed[a] != 0;
    uint32_t left = count > 0 ? bounded(bits, count) : 0;
    for (int a = 0; a < actions; ++a)
      if (allowed[a] != 0 && left-- == 0) return a;
    return actions - 1;
  }
};

}  // namespace cusched
