// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "agents/kernels/gae.h"
#include "agents/kernels/iteration.h"
#include "agents/kernels/normaliser.h"
#include "agents/kernels/permutation.h"
#include "agents/networks.h"
#include "agents/trainer.h"
#include "cuda/device.h"
#include "envs/batch.h"

namespace cusched {

// Rows a CPU thread takes through a network at a time: activations stay in its cache. Lanes of a
// rollout are cut likewise. Fixed, because the bits of a product may depend on its size.
inline constexpr int64_t kChunkRows = 256;
// Tasks a member's minibatch is cut into on the CPU; each sums its own gradient.
inline constexpr int64_t kMaxTasks = 16;

// Sizes that follow from the configuration alone.
struct LearnerSizes {
  int members = 1, envs = 1;  // P, E
  int64_t steps = 1;          // T
  int64_t lanes = 1;          // L = P * E
  int64_t samples = 1;        // T * E of a member
  int64_t minibatches = 1;    // of an epoch
  int64_t rows = 1;           // samples of a minibatch; the last one may have fewer
  int64_t epochs = 1;
  int64_t final_rows = 1;                  // kept final observations of a lane
  int64_t chunk = 1;                       // rows of a pass through a network
  int64_t chunks_per_task = 1, tasks = 1;  // of a member's minibatch
  int permutation_half = 1;
};
LearnerSizes make_sizes(const Batch& batch, const PpoConfig& config, const Device& device);

// Memory of one pass through the networks: M members x `rows` rows. One per thread on the CPU.
struct Stage {
  Stage(const Device& device, const NetworkLayout& layout, const Network<float>& net, int members,
        int64_t rows);

  float *x, *logits, *dlogits, *value, *dvalue, *terms, *actor_work, *critic_work, *scratch;
  float* column_scratch;
  uint8_t* valid;
  int32_t* index;

 private:
  DeviceMemory memory_;
};

// Lends stages to threads. Which thread gets which does not matter: they are equal.
class StagePool {
 public:
  StagePool(const Device& device, const NetworkLayout& layout, const Network<float>& net,
            int members, int64_t rows);

  class Loan {
   public:
    explicit Loan(StagePool& pool) : pool_(pool), stage_(pool.take()) {}
    ~Loan() { pool_.give(std::move(stage_)); }
    Loan(const Loan&) = delete;  // a stage has one user
    Loan& operator=(const Loan&) = delete;
    Stage* get() const { return stage_.get(); }

   private:
    StagePool& pool_;
    std::unique_ptr<Stage> stage_;
  };

 private:
  std::unique_ptr<Stage> take();
  void give(std::unique_ptr<Stage> stage);

  Device device_;
  const NetworkLayout& layout_;
  const Network<float>& net_;
  int members_;
  int64_t rows_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Stage>> free_;
};

// Everything a population of P learners owns on its device; rollout.cpp and update.cpp work on it.
// Buffers of a rollout are (T, P, E, ...): a batch writes the (P, E, ...) of a step in one piece.
struct Learner {
  Learner(Batch& batch, const Exec& exec, const NetworkConfig& network, const PpoConfig& config,
          uint64_t seed, int member_offset);

  Batch& batch;
  Exec exec;
  PpoConfig config;
  uint32_t seed;  // of all draws, from the 64-bit seed
  int member_offset;
  NetworkLayout layout;
  std::unique_ptr<Network<float>> net;
  LearnerSizes sizes;
  ObsLayout obs_layout;
  StagePool stages;
  bool by_time;        // discount by elapsed time
  double total_steps;  // of the linear schedule, 0: it follows the clock, if at all

  RolloutView data{};
  float *params, *first, *second;  // (P, n): weights and Adam's moments
  float* grad;                     // (P, n)
  float* task_grad;                // (P, tasks, n)
  MemberParams* member_params;     // (P)
  MemberState* state;              // (P)
  Counters* counters;
  Moments* moments;             // (P, stats)
  float *obs_mean, *obs_scale;  // (P, D), frozen within an iteration
  double* running_return;       // (L)
  double *lane_sums, *lane_partial, *obs_partial, *advantage_partial, *term_partial, *norm_partial;
  Permutation* keys;  // (P)
  int32_t* index;     // (P, rows)
  float* stats;       // (P, kStats)

  int64_t lane_blocks() const { return sum_blocks(sizes.envs); }
  int64_t obs_blocks() const { return (sizes.samples + kObsBlock - 1) / kObsBlock; }
  int64_t row_blocks() const { return sum_blocks(sizes.rows); }
  int64_t norm_blocks() const { return sum_blocks(layout.size); }

  // A pass over members member0 .. member0 + members - 1 with the weights they have now.
  NetCall<float> call(const Stage& stage, int member0, int members, int64_t rows) const;
  // Reads raw observations of those members into stage.x (and stage.valid), normalised.
  void load_obs(const Stage& stage, int member0, int members, const ObsRows& from) const;

  // What a resume needs, as one block of bytes; environments are not in it.
  std::vector<uint8_t> save() const;
  void load(const uint8_t* bytes, size_t size);

 private:
  struct Field {
    std::string name;
    void** pointer;
    size_t bytes;
    bool saved;
    size_t offset;
  };
  template <class T>
  void field(const char* name, T*& pointer, int64_t count, bool saved = false);
  void list_fields();
  void upload_params();

  std::vector<Field> fields_;
  size_t bytes_ = 0;
  DeviceMemory memory_;
};

// f(task) for tasks 0 .. n - 1 on the threads of the host, also where there is only one task:
// inside a parallel region the products of a task are made by one thread, so their bits do not
// depend on the number of threads.
void run_tasks(int64_t n, const std::function<void(int64_t)>& f);

}  // namespace cusched
