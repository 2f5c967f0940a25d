// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/batch.h"
#include "envs/env.h"

// What a kernel gets, and the kernels of an environment as functors for cuda/launch.h: all that the
// host needs to launch them. What they do stands in envs/lane.h, which only their own translation
// units include.
namespace cusched {

// Passed to kernels by value.
template <class Env>
struct BatchView {
  typename Env::Columns columns;
  typename Env::Caps caps;
  const typename Env::Params* params;  // (P)
  const float* reward_weights;         // (P, reward terms)
  int32_t envs;                        // E
  int32_t obs, actions;                // D, A
  int32_t window;                      // items that may be chosen: K, or all
  uint32_t seed, member_offset, env_offset;
  uint8_t paired, single_episode;

  CUSCHED_HD LaneKeys keys(int64_t lane, uint32_t episode) const {
    const uint32_t member = static_cast<uint32_t>(lane / envs) + member_offset;
    const uint32_t env = static_cast<uint32_t>(lane % envs) + env_offset;
    return {{seed, member, env, episode}, {seed, paired ? 0u : member, env, episode}};
  }
};

// The first episode of lanes whose columns are all zeros.
template <class Env>
struct ResetLanes {
  BatchView<Env> batch;
  StepBuffers out;

  template <class Group>
  CUSCHED_HD void operator()(const Group& g, int64_t lane) const;
};

template <class Env>
struct StepLanes {
  BatchView<Env> batch;
  const int32_t* action;  // (P, E) in 0..K
  StepBuffers out;

  template <class Group>
  CUSCHED_HD void operator()(const Group& g, int64_t lane) const;
};

// `steps` steps of a lane with a heuristic; the state stays in registers and caches.
template <class Env>
struct HeuristicLanes {
  BatchView<Env> batch;
  RolloutBuffers out;
  int32_t* action;  // (T, P, E), may be null
  int64_t steps, lanes;
  int32_t heuristic;

  template <class Group>
  CUSCHED_HD void operator()(const Group& g, int64_t lane) const;
};

// The action that a heuristic limited to the first K items would take now; changes no state.
template <class Env>
struct SuggestLanes {
  BatchView<Env> batch;  // with a window of K and a work space of its own (BatchImpl)
  int32_t* action;       // (P, E)
  int32_t heuristic;

  template <class Group>
  CUSCHED_HD void operator()(const Group& g, int64_t lane) const;
};

}  // namespace cusched
