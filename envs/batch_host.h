// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/launch.h"
#include "envs/batch_impl.h"
#include "envs/lane.h"

namespace cusched {

// The CPU back end: a loop over lanes, on the pool of host_parallel_for.
template <class Env>
class HostBatch final : public BatchImpl<Env> {
 public:
  using BatchImpl<Env>::BatchImpl;

  void reset(const Exec& exec, const StepBuffers& out) override {
    this->clear(exec);
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
  void suggest(const Exec&, LaneRange range, int heuristic, int32_t* action) override {
    this->check_heuristic(heuristic);
    const SuggestLanes<Env> functor{this->suggest_view(), action, heuristic};
    run_lanes_here(this->options().host_group, range.begin, range.end, functor);
  }
  void suggest(const Exec&, int heuristic, int32_t* action) override {
    this->check_heuristic(heuristic);
    run(0, this->lanes(), SuggestLanes<Env>{this->suggest_view(), action, heuristic});
  }

 private:
  template <class F>
  void run(int64_t begin, int64_t end, const F& f) {
    constexpr int64_t kGrain = 64;  // lanes a thread takes at a time
    launch_lanes_host(this->options().host_group, begin, end, f, kGrain);
  }
};

}  // namespace cusched
