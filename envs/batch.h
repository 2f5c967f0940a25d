// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cuda/device.h"
#include "cuda/launch.h"
#include "cuda/macros.h"
#include "envs/cluster_state.h"
#include "envs/inputs.h"
#include "envs/job_record.h"
#include "envs/workload_summary.h"

namespace cusched {

// Shape letters, everywhere: P members, T steps, E environments a member, K candidates (slots),
// G global numbers, F numbers a candidate, A = K + 1 actions, D = G + K * F observation numbers.
struct BatchShape {
  int members = 1;        // P
  int envs = 1;           // E, environments per member
  int slots = 1;          // K
  int globals = 1;        // G
  int slot_features = 1;  // F

  int actions() const { return slots + 1; }
  int obs() const { return globals + slots * slot_features; }
  int64_t lanes() const { return int64_t{members} * envs; }  // lane = member * E + env
};

enum class Done : uint8_t { kRunning = 0, kTerminated = 1, kTruncated = 2 };

// Where a step writes, in the batch's device memory, row-major. Null pointers are skipped.
struct StepBuffers {
  float* obs = nullptr;     // (P, E, D): the next observation; a new episode's first after an end
  uint8_t* mask = nullptr;  // (P, E, A): 1 = allowed, of that observation
  float* reward = nullptr;  // (P, E): weighted sum of the reward terms
  uint8_t* done = nullptr;  // (P, E): Done of the step just taken
  int32_t* elapsed_s = nullptr;  // (P, E): simulated seconds the step took
  // Final observations of truncated episodes: lane l owns rows [l * final_rows, (l+1) * final_rows)
  // of final_obs, taken in order; final_index is the row of this step's truncation, else -1. It is
  // -1 also where the lane's rows are used up: the learner then cuts the return there.
  float* final_obs = nullptr;      // (P, E, final_rows, D)
  int32_t* final_index = nullptr;  // (P, E)
  int32_t* final_count = nullptr;  // (P, E): rows taken so far; the caller zeroes it per rollout
  int final_rows = 0;              // of a lane, e.g. Batch::final_rows(T)
  uint8_t* final_mask = nullptr;   // (P, E, final_rows, A), of final_obs
};

// Rows T of a rollout buffer: step t writes at base + t * stride of each array.
struct RolloutBuffers {
  StepBuffers first;                                           // step 0
  int64_t obs_stride = 0, mask_stride = 0, scalar_stride = 0;  // elements from step t to t + 1

  CUSCHED_HD StepBuffers at(int64_t t) const {
    StepBuffers b = first;
    if (b.obs != nullptr) b.obs += t * obs_stride;
    if (b.mask != nullptr) b.mask += t * mask_stride;
    if (b.reward != nullptr) b.reward += t * scalar_stride;
    if (b.done != nullptr) b.done += t * scalar_stride;
    if (b.elapsed_s != nullptr) b.elapsed_s += t * scalar_stride;
    if (b.final_index != nullptr) b.final_index += t * scalar_stride;
    return b;
  }
};

// Sums over ended episodes since the last take_stats(), by member. Names: Batch::stat_names(), of
// which "episodes" is the first. Staggered first episodes (BatchOptions::stagger) do not count:
// they are shorter than the others.
struct BatchStats {
  std::vector<std::string> names;
  std::vector<double> sum;  // (P, names)
  // The same in people's units, e.g. "wait_mean_s" = waits / jobs, under the names that an
  // evaluation has for them; "return", "steps" and counts are means of an episode. Empty where the
  // environment has no words of its own for it.
  std::vector<std::string> episode_names = {};
  std::vector<double> episode =
      {};  // (P, episode_names); NaN: no episode ended, or nothing to divide by
};

// Metrics of each lane's episode (BatchOptions::single_episode), e.g. "bounded_slowdown".
struct EpisodeMetrics {
  std::vector<std::string> names;
  std::vector<double> values;  // (P, E, names)
};

// What all environments have in common when a batch is made.
struct BatchOptions {
  int members = 1;  // P
  int envs = 1;     // E
  Device device;
  uint64_t seed = 1;
  int member_offset = 0;  // logical id of member 0 and of environment 0: a part of a larger batch
  int env_offset = 0;     // takes the trajectories it has there
  bool paired = false;    // workload streams leave the member out: all members see the same jobs
  bool single_episode = false;  // evaluation: a lane stops after one episode and keeps its state
  bool whole_queue = false;     // heuristics see and may choose every item, not only the first K
  bool learns = false;  // with single_episode: jobs of a training (its part of a trace, augmented)
  bool stagger = true;  // first episodes have random lengths (never with single_episode)
  HostGroup host_group = HostGroup::kSerial;
  int width = 0;  // CUDA: threads that serve a lane (group_widths()); 0: by the number of lanes
};

struct LaneRange {
  int64_t begin = 0, end = 0;
};

// P x E environments of one kind on a back end: all that agents/ and cli/ see of an environment.
// Calls on CUDA are asynchronous on `exec` and may be captured in a graph unless they say
// otherwise.
class Batch {
 public:
  virtual ~Batch() = default;

  virtual const BatchShape& shape() const = 0;
  virtual const std::string& name() const = 0;
  virtual Device device() const = 0;

  // What the user should know of the workload: jobs dropped or changed at reading, capacities.
  virtual const std::vector<std::string>& notes() const = 0;

  // What the state is built on: settings, contents of files, layouts. A checkpoint and a policy
  // carry it; a resume wants it equal.
  virtual const std::vector<InputPart>& inputs() const { return no_inputs(); }

  // What is played: jobs, windows, cluster. Of member 0 where members differ.
  virtual const WorkloadSummary& summary() const {
    static const WorkloadSummary none;
    return none;
  }

  // Starts the first episode of every lane and writes obs and mask. The state is then that of a
  // fresh batch, byte for byte, whatever was played before.
  virtual void reset(const Exec& exec, const StepBuffers& out) = 0;

  // One step of lanes [lanes.begin, lanes.end). `action`: (P, E) int32 in 0..K, K = none. On the
  // CPU disjoint ranges may be stepped by different threads at once; a range steps on the calling
  // thread.
  virtual void step(const Exec& exec, LaneRange lanes, const int32_t* action,
                    const StepBuffers& out) = 0;
  // All lanes, on all cores.
  virtual void step(const Exec& exec, const int32_t* action, const StepBuffers& out) = 0;

  // `steps` steps of every lane with a built-in heuristic choosing (index into heuristics()),
  // state kept on chip between the steps. `out` as in RolloutBuffers. `action`: (T, P, E), may be
  // null; an item beyond the first K is recorded as K.
  virtual void run_heuristic(const Exec& exec, int heuristic, int64_t steps, int32_t* action,
                             const RolloutBuffers& out) = 0;
  virtual const std::vector<std::string>& heuristics() const = 0;

  // What run_heuristic would do now if it saw what a policy sees, K items even with whole_queue:
  // `action`, (P, E) int32, takes for the lanes an action that the mask allows, 0..K, or -1 where
  // the heuristic has none (it waits for an item where waiting is not allowed). No state changes.
  // Ranges as for step(). The first call allocates work space: not to be captured.
  virtual void suggest(const Exec& exec, LaneRange lanes, int heuristic, int32_t* action) = 0;
  // All lanes, on all cores.
  virtual void suggest(const Exec& exec, int heuristic, int32_t* action) = 0;

  // Most episodes a lane can end by truncation within `steps` steps.
  virtual int64_t max_truncations(int64_t steps) const = 0;

  // Rows of a lane for final observations of `steps` steps. Enough wherever episodes take eight
  // steps or more on average; one that may end at any step would ask for a row a step, as much
  // memory as all other observations.
  int64_t final_rows(int64_t steps) const {
    return std::min(max_truncations(steps), steps / 8 + 2);
  }

  // Seconds of one discount tick: the time discount of a step is gamma^(elapsed_s / tick_s).
  virtual int32_t tick_s() const = 0;

  // Reward terms of this environment and their weights, (P, terms), row-major.
  virtual const std::vector<std::string>& reward_terms() const = 0;
  virtual void set_reward_weights(const std::vector<float>& weights) = 0;
  // The weights in force, (P, terms): the preset's until they were set. Empty without terms.
  virtual std::vector<float> reward_weights() const { return {}; }

  // Statistics of episodes that ended since the last call, and forgets them. Synchronises.
  virtual BatchStats take_stats(const Exec& exec) = 0;
  virtual const std::vector<std::string>& stat_names() const = 0;

  // Evaluation (BatchOptions::single_episode): whether every lane has ended its episode, its
  // metrics, and for each lane the start time of each of its jobs, seconds after the episode's
  // origin, -1 for a job that never started (empty where the environment has no jobs). Synchronise.
  virtual bool all_ended(const Exec& exec) const = 0;
  virtual EpisodeMetrics episode_metrics(const Exec& exec) const = 0;
  virtual std::vector<std::vector<int32_t>> start_times(const Exec& exec) const = 0;

  // Evaluation: for each lane where its pods went, in order of arrival; empty where the environment
  // has no such thing or kept no log. Synchronises.
  virtual std::vector<std::vector<PodPlacement>> placements(const Exec& exec) const {
    (void)exec;
    return {};
  }
  // Evaluation: a lane's cluster as its episode left it; no nodes where the environment has no such
  // thing or does not know where all pods are. Synchronises.
  virtual ClusterState cluster(const Exec& exec, int64_t lane) const {
    (void)exec, (void)lane;
    return {};
  }
  // Evaluation: what became of each lane's jobs; empty where the environment has no jobs or keeps
  // no log. Synchronises.
  virtual std::vector<EpisodeJobs> episode_jobs(const Exec& exec) const {
    (void)exec;
    return {};
  }
  // A lane's queue now; empty where the environment has none. Synchronises.
  virtual QueueState queue(const Exec& exec, int64_t lane) const {
    (void)exec, (void)lane;
    return {};
  }
  // Names of the rows of the pod list (PodPlacement::pod).
  virtual const std::vector<std::string>& pod_names() const { return no_names(); }
  // What the settings say the episodes are, e.g. orders read from files: lane i plays the i-th.
  // Empty where any number of episodes can be drawn.
  virtual const std::vector<std::string>& episodes() const { return no_names(); }

  // Device memory of the state of all lanes.
  virtual size_t state_bytes() const = 0;

  // State as bytes (checkpoints) and its 64-bit hash per lane. Synchronise. `bytes` of restore may
  // come from a file: throws InputError, naming field and lane, and changes nothing, where they
  // have another size or hold an index or a count that the batch does not have.
  virtual std::vector<uint8_t> snapshot(const Exec& exec) const = 0;
  virtual void restore(const Exec& exec, const std::vector<uint8_t>& bytes) = 0;
  virtual std::vector<uint64_t> hashes(const Exec& exec) const = 0;
  // Names the first field, lane and index in which two snapshots differ; empty when they are equal.
  virtual std::string diff(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b) const = 0;

  // JSON: env name and version, K, G, F, every observation field with unit and clip, what actions
  // mean. Written into exported policies.
  virtual std::string schema_json() const = 0;

 private:
  static const std::vector<InputPart>& no_inputs() {
    static const std::vector<InputPart> none;
    return none;
  }
  static const std::vector<std::string>& no_names() {
    static const std::vector<std::string> none;
    return none;
  }
};

}  // namespace cusched
