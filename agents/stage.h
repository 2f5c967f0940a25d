// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "agents/networks.h"
#include "cuda/device.h"

namespace cusched {

// Rows a CPU thread takes through a network at a time: activations stay in its cache. Lanes of a
// rollout are fewer, because the environments' state, kilobytes each, has to stay there too. Fixed,
// because the bits of a product may depend on its size.
inline constexpr int64_t kChunkRows = 256, kChunkLanes = 64;

// Memory of one pass through the networks: M members x `rows` rows, and `terms` numbers that a loss
// reports of each. One per thread on the CPU.
struct Stage {
  Stage(const Device& device, const NetworkLayout& layout, const Network<float>& net, int members,
        int64_t rows, int terms);

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
            int members, int64_t rows, int terms = 0);

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
  int terms_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Stage>> free_;
};

// f(task) for tasks 0 .. n - 1 on the threads of the host, also where there is only one task:
// inside a parallel region the products of a task are made by one thread, so their bits do not
// depend on the number of threads.
void run_tasks(int64_t n, const std::function<void(int64_t)>& f);

}  // namespace cusched
