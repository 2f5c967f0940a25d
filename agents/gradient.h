// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <functional>

#include "agents/learner.h"

namespace cusched {

// Rows first .. first + rows - 1 of the running gradient step, of members member0 ..; their
// gradients go to `grads` (M, n), added to what is there where `accumulate`.
struct GradientCall {
  const Stage& stage;
  int member0, members;
  int64_t first, rows;
  float* grads;
  bool accumulate;
};
// Forward pass, loss (stage.terms of each row) and backward pass.
using Gradient = std::function<void(const GradientCall&)>;

// One gradient step of every member: `gradient` for all its rows, clip, optimiser. May be captured.
void gradient_step(Learner& learner, const Gradient& gradient);

// Runs f(stage, member0, members, chunk) for every chunk of every member: on CUDA all members of a
// chunk together, on the CPU each by itself on some thread.
template <class F>
void for_chunks(Learner& l, int64_t chunks, const F& f) {
  if (l.exec.device.is_cuda()) {
    const StagePool::Loan stage(l.stages);
    for (int64_t chunk = 0; chunk < chunks; ++chunk) f(*stage.get(), 0, l.sizes.members, chunk);
    return;
  }
  run_tasks(l.sizes.members * chunks, [&](int64_t task) {
    const StagePool::Loan stage(l.stages);
    f(*stage.get(), static_cast<int>(task / chunks), 1, task % chunks);
  });
}

}  // namespace cusched
