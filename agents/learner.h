// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agents/field_list.h"
#include "agents/kernels/categorical.h"
#include "agents/kernels/member.h"
#include "agents/kernels/normaliser.h"
#include "agents/kernels/optimiser.h"
#include "agents/kernels/returns.h"
#include "agents/learner_config.h"
#include "agents/networks.h"
#include "agents/stage.h"
#include "cuda/device.h"
#include "envs/batch.h"

namespace cusched {

// Tasks a member's gradient step is cut into on the CPU; each sums its own gradient.
inline constexpr int64_t kMaxTasks = 16;

// What an algorithm needs of the shared memory.
struct LearnerPlan {
  int64_t pool = 0;                // samples of a member that an iteration's gradient steps go over
  int64_t rows = 0;                // of one gradient step, at most
  std::vector<std::string> terms;  // names of what its loss reports of a sample
  int stop_term = -1;              // the term that MemberParams::stop_above looks at; -1: none
  std::vector<std::string> stats;  // names of its own statistics of an iteration
  PolicyHead head = PolicyHead::kLogits;  // what the network's outputs mean
};

// Sizes that follow from the configuration alone.
struct LearnerSizes {
  int members = 1, envs = 1;               // P, E
  int64_t steps = 1;                       // T
  int64_t lanes = 1;                       // L = P * E
  int64_t samples = 1;                     // T * E of a member
  int64_t final_rows = 1;                  // kept final observations of a lane
  int64_t chunk = 1;                       // rows of a pass through a network
  int64_t step_chunk = 1;                  // of a gradient step's passes
  int64_t chunks_per_task = 1, tasks = 1;  // of a member's gradient step
};
LearnerSizes make_sizes(const Batch& batch, const LearnerConfig& config, const LearnerPlan& plan,
                        const Device& device);

// Everything that a population of P learners owns on its device, whatever the algorithm. Buffers of
// a rollout are (T, P, E, ...): a batch writes the (P, E, ...) of a step in one piece.
struct Learner {
  Learner(Batch& batch, const Exec& exec, const NetworkConfig& network, const LearnerConfig& config,
          const LearnerPlan& plan, uint64_t seed, int member_offset);

  Batch& batch;
  Exec exec;
  LearnerConfig config;
  uint32_t seed;  // of all draws, from the 64-bit seed
  int member_offset;
  PolicyHead head;
  NetworkLayout layout;
  std::unique_ptr<Network<float>> net;
  Blas blas;
  LearnerSizes sizes;
  ObsLayout obs_layout;
  int terms, stop_term;                 // of the loss
  std::vector<std::string> stat_names;  // of all statistics: terms, shared, the algorithm's own
  StagePool stages;
  StepPlan step;
  bool by_time;        // discount by elapsed time
  double total_steps;  // of the linear schedule, 0: it follows the clock, if at all

  RolloutView data{};
  float* params;                // (P, n): weights
  float* first = nullptr;       // (P, n): Adam's first moments
  float* second;                // (P, n): Adam's second moments, RMSProp's squares
  float* grad;                  // (P, n)
  float* task_grad;             // (P, tasks, n)
  MemberParams* member_params;  // (P)
  MemberState* state;           // (P)
  Counters* counters;
  Moments* moments;             // (P, stats of the normaliser)
  float *obs_mean, *obs_scale;  // (P, D), frozen within an iteration
  double* running_return;       // (L)
  LaneSums* lane_sums;          // (L)
  LaneSums* lane_partial;       // (P, lane_blocks)
  double *obs_partial, *term_partial, *norm_partial;
  float* stats;   // (P, stat_names)
  FieldList own;  // of the algorithm: it adds and allocates

  int64_t lane_blocks() const { return sum_blocks(sizes.envs); }
  int64_t obs_blocks() const { return (sizes.samples + kObsBlock - 1) / kObsBlock; }
  int64_t row_blocks() const { return sum_blocks(step.rows); }
  int64_t norm_blocks() const { return sum_blocks(layout.size); }
  // Where the algorithm's own statistics begin in a member's row of `stats`.
  float* own_stats() const { return stats + terms + kSharedStats; }
  int stats_width() const { return static_cast<int>(stat_names.size()); }

  // A pass over members member0 .. member0 + members - 1 with the weights they have now.
  NetCall<float> call(const Stage& stage, int member0, int members, int64_t rows) const;
  // Reads raw observations of those members into stage.x (and stage.valid), normalised.
  void load_obs(const Stage& stage, int member0, int members, const ObsRows& from) const;

  // e.g. "memory: 37.6 MiB of environments, 164.0 MiB of rollouts and weights, of which 9.6 MiB are
  // for final observations (10 of a lane)".
  std::string memory_note() const;

  // What a resume needs, as one block of bytes; environments are not in it. load throws InputError,
  // before anything changes, where the block is not of a learner like this one after `iterations`.
  std::vector<uint8_t> save() const;
  void load(const uint8_t* bytes, size_t size, int64_t iterations);

 private:
  void list_fields();
  void upload_params();
  void check_counts(const uint8_t* bytes, int64_t iterations) const;

  FieldList shared_;
};

// Copies a host array that ends with the call.
template <class T>
void upload(const Exec& exec, T* to, const std::vector<T>& from) {
  copy_bytes(exec, to, from.data(), from.size() * sizeof(T));
  synchronize(exec);
}

// A member's value of a list.
template <class T>
T per_member(const std::vector<T>& values, int member) {
  return values.size() == 1 ? values[0] : values[static_cast<size_t>(member)];
}

}  // namespace cusched
