// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/launch.h"
#include "envs/batch_impl.h"
#include "envs/generated/group_widths.h"
#include "envs/group_width.h"

namespace cusched {

// The CUDA back end: the same functors in kernels, which the build compiles in NAME_lanes_W.cu for
// each width W. Calls are asynchronous on the stream of `exec` and allocate nothing, so that they
// can be captured in a graph.
template <class Env>
class CudaBatch final : public BatchImpl<Env> {
 public:
  using BatchImpl<Env>::BatchImpl;

  void reset(const Exec& exec, const StepBuffers& out) override {
    this->clear(exec);
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
  void suggest(const Exec& exec, LaneRange range, int heuristic, int32_t* action) override {
    this->check_heuristic(heuristic);
    run(exec, range.begin, range.end, SuggestLanes<Env>{this->suggest_view(), action, heuristic});
  }
  void suggest(const Exec& exec, int heuristic, int32_t* action) override {
    suggest(exec, {0, this->lanes()}, heuristic, action);
  }

 private:
  template <class F>
  void run(const Exec& exec, int64_t begin, int64_t end, const F& f) {
    run_at_width(GroupWidths{}, exec, begin, end, f);
  }
  template <class F, int... W>
  void run_at_width(std::integer_sequence<int, W...>, const Exec& exec, int64_t begin, int64_t end,
                    const F& f) {
    ((W == width_ ? launch_lanes_cuda<W>(exec, begin, end, f) : void()), ...);
  }

  const int width_ = group_width(this->options().width, this->lanes());
};

}  // namespace cusched
