// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/launch.h"
#include "envs/batch_impl.h"

namespace cusched {

// Threads that serve one lane: more where there are too few lanes to fill the machine.
inline int group_width(int64_t lanes) { return lanes >= 65536 ? 1 : 32; }

// The CUDA back end: the same functors in kernels, which the build compiles in NAME_lanes_W.cu for
// each width W. Calls are asynchronous on the stream of `exec` and allocate nothing, so that they
// can be captured in a graph.
template <class Env>
class CudaBatch final : public BatchImpl<Env> {
 public:
  using BatchImpl<Env>::BatchImpl;

  void reset(const Exec& exec, const StepBuffers& out) override {
    run(exec, 0, this->lanes(), ResetLanes<Env>{this->view(), out});
  }
  void step(const Exec& exec, LaneRange range, const int32_t* action,
            const StepBuffers& out) override {
    run(exec, range.begin, range.end, StepLanes<Env>{this->view(), action, out});
  }
  void step(const Exec& exec, const int32_t* action, const StepBuffers& out) override {
    run(exec, 0, this->lanes(), StepLanes<Env>{this->view(), action, out});
  }
  void run_heuristic(const Exec& exec, int heuristic, int64_t steps, int32_t* action,
                     const RolloutBuffers& out) override {
    this->check_heuristic(heuristic);
    run(exec, 0, this->lanes(),
        HeuristicLanes<Env>{this->view(), out, action, steps, this->lanes(), heuristic});
  }

 private:
  template <class F>
  void run(const Exec& exec, int64_t begin, int64_t end, const F& f) {
    if (group_width(this->lanes()) == 1) {
      launch_lanes_cuda<1>(exec, begin, end, f);
    } else {
      launch_lanes_cuda<32>(exec, begin, end, f);
    }
  }
};

}  // namespace cusched
