// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "envs/batch_impl.h"
#include "envs/lane.h"
#include "envs/registry.h"

namespace cusched {

// Names and default weights of the reward terms, and names of the heuristics, that serve Env.
template <class Env>
struct EnvLists {
  std::vector<std::string> terms, heuristics;
  std::vector<float> weights;

  EnvLists() {
    for_each_type(typename Extensions<Env>::Rewards{}, [this]<class Term>() {
      if constexpr (RewardOf<Term, Env>) {
        terms.push_back(Term::kName);
        weights.push_back(Term::kDefaultWeight);
      }
    });
    for_each_type(typename Extensions<Env>::Baselines{}, [this]<class H>() {
      if constexpr (kServes<H, Env>) heuristics.push_back(H::kName);
    });
  }
};

// The CPU back end: a loop over lanes, on the pool of host_parallel_for.
template <class Env>
class HostBatch final : public BatchImpl<Env> {
 public:
  using BatchImpl<Env>::BatchImpl;

  void reset(const Exec&, const StepBuffers& out) override {
    run(0, this->lanes(), ResetLanes<Env>{this->view(), out});
  }
  void step(const Exec&, LaneRange range, const int32_t* action, const StepBuffers& out) override {
    const StepLanes<Env> functor{this->view(), action, out};
    run_lanes_here(this->options().host_group, range.begin, range.end, functor);
  }
  void step(const Exec&, const int32_t* action, const StepBuffers& out) override {
    run(0, this->lanes(), StepLanes<Env>{this->view(), action, out});
  }
  void run_heuristic(const Exec&, int heuristic, int64_t steps, int32_t* action,
                     const RolloutBuffers& out) override {
    this->check_heuristic(heuristic);
    run(0, this->lanes(),
        HeuristicLanes<Env>{this->view(), out, action, steps, this->lanes(), heuristic});
  }

 private:
  template <class F>
  void run(int64_t begin, int64_t end, const F& f) {
    constexpr int64_t kGrain = 64;  // lanes a thread takes at a time
    launch_lanes_host(this->options().host_group, begin, end, f, kGrain);
  }
};

}  // namespace cusched

#if CUSCHED_WITH_CUDA
#define CUSCHED_ENV_ON_CUDA(Type, name)                                                     \
  std::unique_ptr<Batch> name##_on_cuda(const std::vector<EnvValue>&, const BatchOptions&); \
  namespace {                                                                               \
  std::unique_ptr<Batch> name##_create(const std::vector<EnvValue>& values,                 \
                                       const BatchOptions& options) {                       \
    if (options.device.is_cuda()) return name##_on_cuda(values, options);                   \
    return std::make_unique<HostBatch<Type>>(values, options);                              \
  }                                                                                         \
  }
#else
#define CUSCHED_ENV_ON_CUDA(Type, name)                                          \
  namespace {                                                                    \
  std::unique_ptr<Batch> name##_create(const std::vector<EnvValue>& values,      \
                                       const BatchOptions& options) {            \
    CUSCHED_CHECK(!options.device.is_cuda(), "this build has no CUDA back end"); \
    return std::make_unique<HostBatch<Type>>(values, options);                   \
  }                                                                              \
  }
#endif

// In a generated .cpp: the environment's back ends behind its registry entry.
#define CUSCHED_INSTANTIATE_ENV_HOST(Type, name)                                                  \
  namespace cusched {                                                                             \
  CUSCHED_ENV_ON_CUDA(Type, name)                                                                 \
  const EnvEntry& name##_entry() {                                                                \
    static const EnvEntry entry = [] {                                                            \
      const EnvLists<Type> lists;                                                                 \
      return EnvEntry{Type::kName,        Type::kVersion, Type::options(),  Type::presets(),      \
                      lists.terms,        lists.weights,  lists.heuristics, Type::metric_names(), \
                      Type::stat_names(), &name##_create};                                        \
    }();                                                                                          \
    return entry;                                                                                 \
  }                                                                                               \
  }                                                                                               \
  static_assert(true)
