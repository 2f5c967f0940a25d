// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace cusched {

// The one registry of random streams. The values do not matter, so long as they are unique; a
// value that was ever released stays taken.
enum StreamId : uint32_t {
  kStreamArrival = 1,       // envs/workload: time of the next arrival
  kStreamJobShape = 2,      // envs/workload: type and size of a job
  kStreamJobUse = 3,        // envs/workload: what a job really uses
  kStreamEpisodeStart = 4,  // hour of day or start index of an episode
  kStreamStagger = 5,       // length of an environment's first episode
  kStreamRandomAction = 6,  // baseline random-feasible
  kStreamPolicySample = 7,  // agents: sampling an action
  kStreamPermutation = 8,   // agents: order of a minibatch epoch
  kStreamWeightInit = 9,    // agents: network weights
  kStreamExploration = 10,  // agents: epsilon-greedy
  kStreamReplay = 11,       // agents: replay sampling
  kStreamCluster = 12,      // placement: the nodes of a sampled cluster
  kStreamPodOrder = 13,     // placement: order of the pod list
  kStreamTieRank = 14,      // placement: order of the nodes on ties
  kStreamAugment = 15,      // envs/workload: how an episode of a trace differs from the record
  kStreamAugmentJob = 16,   // envs/workload: how a job of it does
  kStreamRuleSearch = 17,   // cli: candidates of a search for a rule
};

}  // namespace cusched
