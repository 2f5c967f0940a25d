// SPDX-License-Identifier: MIT
#include "agents/update.h"

#include <algorithm>

#include "agents/kernels/adam.h"
#include "agents/kernels/ppo_loss.h"
#include "agents/kernels/values.h"
#include "cuda/nvtx.h"

namespace cusched {
namespace {

int64_t up(int64_t a, int64_t b) { return (a + b - 1) / b; }

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

// Values of the rows in stage.index of `obs`.
void value_rows(const Learner& l, const Stage& stage, int member0, int members, int64_t rows,
                const float* obs, float* value) {
  l.load_obs(stage, member0, members, ObsRows{obs, stage.index, rows, 0, 0, rows});
  l.net->critic(l.call(stage, member0, members, rows), stage.critic_work, stage.value);
  launch_elements(l.exec, members * rows, ScatterValues{stage.index, stage.value, value});
}

void value_pass(Learner& l) {
  const LearnerSizes& s = l.sizes;
  const int64_t samples = (s.steps + 1) * s.envs;
  for_chunks(l, up(samples, s.chunk), [&](Stage& stage, int member0, int members, int64_t chunk) {
    const int64_t rows = std::min(s.chunk, samples);
    launch_rows(
        l.exec, members, rows,
        SequentialIndex{stage.index, chunk * s.chunk, rows, samples, member0, s.members, s.envs});
    value_rows(l, stage, member0, members, rows, l.data.obs, l.data.value);
  });
}

// On CUDA every possible row goes through the critic, so that the launches are always the same.
void final_pass_cuda(Learner& l) {
  const LearnerSizes& s = l.sizes;
  const int64_t all = s.envs * s.final_rows, rows = std::min(s.chunk, all);
  const int fr = static_cast<int>(s.final_rows);
  for_chunks(l, up(all, rows), [&](Stage& stage, int member0, int members, int64_t chunk) {
    launch_rows(
        l.exec, members, rows,
        FinalIndex{l.data.final_count, stage.index, chunk * rows, rows, member0, s.envs, fr});
    value_rows(l, stage, member0, members, rows, l.data.final_obs, l.data.final_value);
  });
}

// On the CPU only the rows that were taken do, chunk of lanes by chunk of lanes.
void final_pass_host(Learner& l) {
  const LearnerSizes& s = l.sizes;
  for_chunks(l, up(s.envs, kChunkRows), [&](Stage& stage, int member, int, int64_t chunk) {
    const int64_t begin = member * int64_t{s.envs} + chunk * kChunkRows;
    const int64_t end = std::min(begin + kChunkRows, (member + 1) * int64_t{s.envs});
    int64_t rows = 0;
    const auto flush = [&] {
      if (rows > 0) value_rows(l, stage, member, 1, rows, l.data.final_obs, l.data.final_value);
      rows = 0;
    };
    for (int64_t lane = begin; lane < end; ++lane)
      for (int32_t k = 0; k < l.data.final_count[lane]; ++k) {
        stage.index[rows++] = static_cast<int32_t>(lane * s.final_rows + k);
        if (rows == s.chunk) flush();
      }
    flush();
  });
}

// Loss and gradient of rows first .. first + rows - 1 of the running minibatch.
void loss_chunk(Learner& l, const Stage& stage, int member0, int members, int64_t first,
                int64_t rows, float* grads, bool accumulate) {
  const LearnerSizes& s = l.sizes;
  const int64_t blocks = sum_blocks(rows);
  l.load_obs(stage, member0, members,
             ObsRows{l.data.obs, l.index + member0 * s.rows + first, s.rows, 0, 0, rows});
  const NetCall<float> call = l.call(stage, member0, members, rows);
  l.net->actor(call, stage.actor_work, stage.logits);
  l.net->critic(call, stage.critic_work, stage.value);
  launch_elements(l.exec, members * rows,
                  PpoLossRows{l.data, l.member_params, l.state, l.index, stage.logits, stage.value,
                              stage.dlogits, stage.dvalue, stage.terms, l.counters, rows, first,
                              s.rows, s.samples, s.minibatches, member0, l.layout.actions()});
  launch_rows(l.exec, members * blocks, kLossTerms,
              LossTermSums{stage.terms, l.term_partial, rows, blocks, first / kSumBlock,
                           l.row_blocks(), member0});
  l.net->actor_backward(call, stage.actor_work, stage.scratch, stage.dlogits, grads, accumulate);
  l.net->critic_backward(call, stage.critic_work, stage.scratch, stage.dvalue, grads, accumulate);
}

void gradients_host(Learner& l) {
  const LearnerSizes& s = l.sizes;
  run_tasks(s.members * s.tasks, [&](int64_t i) {
    const int member = static_cast<int>(i / s.tasks);
    if (l.state[member].active == 0) return;
    const StagePool::Loan stage(l.stages);
    const int64_t begin = i % s.tasks * s.chunks_per_task * kChunkRows;
    const int64_t end = std::min(begin + s.chunks_per_task * kChunkRows, s.rows);
    for (int64_t first = begin; first < end; first += kChunkRows)
      loss_chunk(l, *stage.get(), member, 1, first, std::min(kChunkRows, end - first),
                 l.task_grad + i * l.layout.size, first != begin);
  });
}

}  // namespace

void compute_advantages(Learner& l) {
  const NvtxRange range("advantages");
  const LearnerSizes& s = l.sizes;
  value_pass(l);
  if (l.exec.device.is_cuda()) {
    final_pass_cuda(l);
  } else {
    final_pass_host(l);
  }
  const int64_t blocks = l.lane_blocks();
  launch_elements(l.exec, s.lanes,
                  TrackReturns{l.data, l.member_params, l.running_return, l.lane_sums, l.by_time},
                  kChunkRows);
  launch_rows(l.exec, s.members * blocks, kLaneSums,
              LaneBlockSums{l.lane_sums, l.lane_partial, s.envs, blocks});
  launch_elements(
      l.exec, s.members,
      UpdateRewardScale{l.lane_partial, l.state, blocks, s.samples, l.config.scale_reward});
  launch_elements(l.exec, s.lanes, Gae{l.data, l.member_params, l.state, l.lane_sums, l.by_time},
                  kChunkRows);
  launch_rows(l.exec, s.members * blocks, kLaneSums,
              LaneBlockSums{l.lane_sums, l.lane_partial, s.envs, blocks});
  launch_elements(l.exec, s.members, BeginUpdate{l.state, l.counters});
}

void run_minibatch(Learner& l) {
  const NvtxRange range("minibatch");
  const LearnerSizes& s = l.sizes;
  const int64_t blocks = l.row_blocks(), n = l.layout.size, norm_blocks = l.norm_blocks();
  launch_elements(l.exec, s.members,
                  EpochKeys{l.keys, l.counters, s.epochs, s.minibatches, l.seed, l.member_offset});
  const MinibatchIndex order{l.keys,    l.counters, l.index,
                             s.rows,    s.samples,  s.minibatches,
                             s.members, s.envs,     s.permutation_half};
  launch_elements(l.exec, s.members * s.rows, RowColumn<MinibatchIndex>{order, s.rows}, 2048);
  launch_elements(l.exec, s.members * blocks,
                  AdvantageSums{l.data, l.index, l.advantage_partial, s.rows, blocks}, 16);
  launch_elements(l.exec, s.members,
                  AdvantageMoments{l.advantage_partial, l.state, l.counters, s.rows, blocks,
                                   s.samples, s.minibatches, l.config.normalise_advantage});
  if (l.exec.device.is_cuda()) {
    const StagePool::Loan stage(l.stages);
    loss_chunk(l, *stage.get(), 0, s.members, 0, s.rows, l.task_grad, false);
  } else {
    gradients_host(l);
  }
  launch_elements(l.exec, s.members * norm_blocks,
                  ReduceGradients{l.task_grad, l.grad, l.norm_partial, n, s.tasks, norm_blocks},
                  16);
  launch_elements(
      l.exec, s.members,
      StepScalars{l.norm_partial, l.term_partial, l.member_params, l.state, l.counters, norm_blocks,
                  blocks, s.rows, s.samples, s.minibatches, l.total_steps});
  launch_rows(l.exec, s.members, n,
              AdamUpdate{l.params, l.first, l.second, l.grad, l.state, n, l.config.adam_eps}, 1);
  launch_elements(l.exec, 1, AdvanceMinibatch{l.counters});
}

void finish_iteration(Learner& l) {
  const NvtxRange range("finish");
  const LearnerSizes& s = l.sizes;
  if (l.config.normalise_obs) {
    const int64_t blocks = l.obs_blocks();
    const ObsSums sums{l.data.obs, l.moments, l.obs_partial, s.samples,
                       blocks,     s.members, s.envs,        l.obs_layout};
    if (l.exec.device.is_cuda()) {
      launch_rows(l.exec, s.members * blocks, l.layout.stats(), sums);
    } else {
      launch_elements(l.exec, s.members * blocks, ObsBlockSums{sums}, 1);
    }
    launch_rows(l.exec, s.members, l.layout.stats(),
                MergeObsSums{l.obs_partial, l.moments, blocks, l.layout.stats()});
    launch_rows(l.exec, s.members, l.layout.obs(),
                FreezeMoments{l.moments, l.obs_mean, l.obs_scale, l.obs_layout});
  }
  launch_elements(l.exec, s.members,
                  WriteStats{l.lane_partial, l.member_params, l.state, l.counters, l.stats,
                             l.lane_blocks(), s.samples, l.total_steps});
  launch_elements(l.exec, 1, AdvanceIteration{l.counters});
}

}  // namespace cusched
