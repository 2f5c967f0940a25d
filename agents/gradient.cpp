// SPDX-License-Identifier: MIT
#include "agents/gradient.h"

namespace cusched {
namespace {

void run_call(Learner& l, const Gradient& gradient, const GradientCall& call) {
  gradient(call);
  const int64_t blocks = sum_blocks(call.rows);
  launch_teams(l.exec, call.members * blocks,
               LossTermSums{call.stage.terms, l.term_partial, call.rows, blocks,
                            call.first / kSumBlock, l.row_blocks(), call.member0, l.terms});
}

void gradients_cuda(Learner& l, const Gradient& gradient) {
  const StagePool::Loan stage(l.stages);
  for (int64_t first = 0; first < l.step.rows; first += l.sizes.step_chunk)
    run_call(l, gradient,
             {*stage.get(), 0, l.sizes.members, first,
              std::min(l.sizes.step_chunk, l.step.rows - first), l.task_grad, first != 0});
}

void gradients_host(Learner& l, const Gradient& gradient) {
  const LearnerSizes& s = l.sizes;
  run_tasks(s.members * s.tasks, [&](int64_t i) {
    const int member = static_cast<int>(i / s.tasks);
    if (l.state[member].active == 0) return;
    const StagePool::Loan stage(l.stages);
    const int64_t begin = i % s.tasks * s.chunks_per_task * kChunkRows;
    const int64_t end = std::min(begin + s.chunks_per_task * kChunkRows, l.step.rows);
    for (int64_t first = begin; first < end; first += kChunkRows)
      run_call(l, gradient,
               {*stage.get(), member, 1, first, std::min(kChunkRows, end - first),
                l.task_grad + i * l.layout.size, first != begin});
  });
}

void update_weights(Learner& l) {
  const int64_t n = l.layout.size;
  const float eps = l.config.optimiser_eps;
  if (l.first != nullptr) {
    launch_rows(l.exec, l.sizes.members, n,
                AdamUpdate{l.params, l.first, l.second, l.grad, l.state, n, eps}, 1);
  } else {
    launch_rows(l.exec, l.sizes.members, n,
                RmspropUpdate{l.params, l.second, l.grad, l.state, n, eps, l.config.rmsprop_alpha,
                              l.config.optimiser == "rmsprop-tf"},
                1);
  }
}

}  // namespace

void gradient_step(Learner& l, const Gradient& gradient) {
  const LearnerSizes& s = l.sizes;
  if (l.exec.device.is_cuda()) {
    gradients_cuda(l, gradient);
  } else {
    gradients_host(l, gradient);
  }
  const int64_t norm_blocks = l.norm_blocks();
  launch_teams(
      l.exec, s.members * norm_blocks,
      ReduceGradients{l.task_grad, l.grad, l.norm_partial, l.layout.size, s.tasks, norm_blocks});
  launch_teams(l.exec, s.members,
               StepScalars{l.norm_partial, l.term_partial, l.member_params, l.state, l.counters,
                           norm_blocks, l.row_blocks(), l.terms, l.stop_term, l.step, s.samples,
                           l.total_steps, l.first != nullptr});
  update_weights(l);
  launch_elements(l.exec, 1, AdvanceMinibatch{l.counters});
}

}  // namespace cusched
