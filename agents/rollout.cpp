// SPDX-License-Identifier: MIT
#include "agents/rollout.h"

#include <algorithm>
#include <cstring>

#include "cuda/nvtx.h"

namespace cusched {
namespace {

StepBuffers buffers_of_step(const Learner& l, int64_t t) {
  const RolloutView& d = l.data;
  StepBuffers out;
  out.obs = d.obs + (t + 1) * d.lanes * l.layout.obs();
  out.mask = d.mask + (t + 1) * d.lanes * l.layout.actions();
  out.reward = d.reward + t * d.lanes;
  out.done = d.done + t * d.lanes;
  out.elapsed_s = d.elapsed_s + t * d.lanes;
  out.final_obs = d.final_obs;
  out.final_index = d.final_index + t * d.lanes;
  out.final_count = d.final_count;
  out.final_rows = d.final_rows;
  return out;
}

// Forward pass and sampling of step t for lanes lane0 .. of members member0 ..
void choose_actions(const Learner& l, const Stage& stage, int member0, int members, int64_t lane0,
                    int64_t rows, int64_t t) {
  const RolloutView& d = l.data;
  l.load_obs(stage, member0, members,
             ObsRows{d.obs, nullptr, 0, t * d.lanes + lane0, l.sizes.envs, rows});
  l.net->actor(l.call(stage, member0, members, rows), stage.actor_work, stage.logits);
  launch_elements(
      l.exec, members * rows,
      SampleActions{stage.logits, d.mask + t * d.lanes * l.layout.actions(), d.action + t * d.lanes,
                    d.log_prob + t * d.lanes, l.counters, lane0, t, l.sizes.steps, l.seed,
                    l.member_offset, l.sizes.envs, l.layout.actions()});
}

void rollout_cuda(Learner& l) {
  const RolloutView& d = l.data;
  const int64_t L = d.lanes, T = d.steps, D = l.layout.obs(), A = l.layout.actions();
  copy_bytes(l.exec, d.obs, d.obs + T * L * D, static_cast<size_t>(L * D) * sizeof(float));
  copy_bytes(l.exec, d.mask, d.mask + T * L * A, static_cast<size_t>(L * A));
  fill_bytes(l.exec, d.final_count, 0, static_cast<size_t>(L) * sizeof(int32_t));
  const StagePool::Loan stage(l.stages);
  for (int64_t t = 0; t < T; ++t) {
    choose_actions(l, *stage.get(), 0, l.sizes.members, 0, l.sizes.envs, t);
    l.batch.step(l.exec, d.action + t * L, buffers_of_step(l, t));
  }
}

void rollout_chunk(Learner& l, int member, int64_t lane0, int64_t rows) {
  const RolloutView& d = l.data;
  const int64_t L = d.lanes, T = d.steps, D = l.layout.obs(), A = l.layout.actions();
  std::copy_n(d.obs + (T * L + lane0) * D, rows * D, d.obs + lane0 * D);
  std::copy_n(d.mask + (T * L + lane0) * A, rows * A, d.mask + lane0 * A);
  std::fill_n(d.final_count + lane0, rows, 0);
  const StagePool::Loan stage(l.stages);
  for (int64_t t = 0; t < T; ++t) {
    choose_actions(l, *stage.get(), member, 1, lane0, rows, t);
    l.batch.step(l.exec, LaneRange{lane0, lane0 + rows}, d.action + t * L, buffers_of_step(l, t));
  }
}

}  // namespace

void start_environments(Learner& l) {
  StepBuffers out;
  out.obs = l.data.obs + l.sizes.steps * l.sizes.lanes * l.layout.obs();
  out.mask = l.data.mask + l.sizes.steps * l.sizes.lanes * l.layout.actions();
  l.batch.reset(l.exec, out);
}

void run_rollout(Learner& l) {
  const NvtxRange range("rollout");
  if (l.exec.device.is_cuda()) {
    rollout_cuda(l);
    return;
  }
  const int64_t E = l.sizes.envs, chunks = (E + kChunkRows - 1) / kChunkRows;
  run_tasks(l.sizes.members * chunks, [&](int64_t task) {
    const int64_t member = task / chunks, first = task % chunks * kChunkRows;
    rollout_chunk(l, static_cast<int>(member), member * E + first, std::min(kChunkRows, E - first));
  });
}

}  // namespace cusched
