// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agents/policy.h"
#include "cuda/device.h"
#include "envs/batch.h"
#include "envs/registry.h"

namespace cusched {

// Not train's default: a policy is judged on jobs it has not seen.
inline constexpr uint64_t kEvaluationSeed = 424242;

// What is compared on what. Episode i is lane i, so every policy meets the same job streams.
struct EvaluationSetup {
  const EnvEntry* entry = nullptr;
  std::vector<EnvValue> values;  // the environment's settings
  int episodes = 32;
  uint64_t seed = 0;
  Device device;
  int first_episode = 0;  // of a generator: lane i plays episode first_episode + i
  bool learns = false;    // BatchOptions::learns: the jobs that a training learns from
};

// The batch of an evaluation: its lane i plays episode i of `episodes`. `whole_queue` as
// BatchOptions has it.
std::unique_ptr<Batch> make_evaluation_batch(const EvaluationSetup& setup, int episodes,
                                             bool whole_queue);

// How one policy did.
struct PlayedEpisodes {
  EpisodeMetrics metrics;                             // (1, episodes, names)
  std::vector<std::vector<int32_t>> start_times;      // per episode and job, s; -1: never started
  std::vector<std::vector<PodPlacement>> placements;  // per episode; empty: none were kept
  ClusterState cluster;                               // Batch::cluster of the first episode
  std::vector<EpisodeJobs> jobs;                      // Batch::episode_jobs; empty: none were kept
  int64_t steps = 0;                                  // steps of the longest episode
};

// Called now and then with the steps done so far; false ends the play by throwing Interrupted.
using PlayProgress = std::function<bool(int64_t steps)>;

// `heuristic`: index into EnvEntry::heuristics. `whole_queue`: it may choose every item, else the
// first K only, as a policy.
PlayedEpisodes play_heuristic(const EvaluationSetup& setup, int heuristic, bool whole_queue,
                              const PlayProgress& progress = {});
PlayedEpisodes play_policy(const EvaluationSetup& setup, Policy& policy,
                           const PlayProgress& progress = {});

// What a batch with these settings looks like; the settings are checked.
struct EvaluationProbe {
  BatchShape shape;
  std::vector<std::string> notes;  // what the environment has to say about the workload
  std::string schema_json;
  std::vector<std::string> episodes;   // Batch::episodes: what the settings list
  std::vector<std::string> pod_names;  // Batch::pod_names
  std::vector<InputPart> inputs;       // Batch::inputs
  WorkloadSummary summary;             // Batch::summary
};
EvaluationProbe probe_evaluation(const EvaluationSetup& setup);

}  // namespace cusched
