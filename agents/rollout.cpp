// SPDX-License-Identifier: MIT
#include "agents/rollout.h"

#include <algorithm>

namespace cusched {
namespace {

// Where a batch writes the masks of row t; nowhere when the policy does not look at them.
uint8_t* mask_at(const Learner& l, int64_t t) {
  return l.config.action_mask ? l.data.mask + t * l.data.lanes * l.layout.actions() : nullptr;
}

StepBuffers buffers_of_step(const Learner& l, int64_t t) {
  const RolloutView& d = l.data;
  StepBuffers out;
  out.obs = d.obs + (t + 1) * d.lanes * l.layout.obs();
  out.mask = mask_at(l, t + 1);
  out.reward = d.reward + t * d.lanes;
  out.done = d.done + t * d.lanes;
  out.elapsed_s = d.elapsed_s + t * d.lanes;
  out.final_obs = d.final_obs;
  out.final_index = d.final_index + t * d.lanes;
  out.final_count = d.final_count;
  out.final_rows = d.final_rows;
  out.final_mask = l.config.action_mask ? d.final_mask : nullptr;
  return out;
}

void rollout_cuda(Learner& l, const Chooser& choose) {
  const RolloutView& d = l.data;
  const int64_t L = d.lanes, T = d.steps, D = l.layout.obs(), A = l.layout.actions();
  copy_bytes(l.exec, d.obs, d.obs + T * L * D, static_cast<size_t>(L * D) * sizeof(float));
  copy_bytes(l.exec, d.mask, d.mask + T * L * A, static_cast<size_t>(L * A));
  fill_bytes(l.exec, d.final_count, 0, static_cast<size_t>(L) * sizeof(int32_t));
  const StagePool::Loan stage(l.stages);
  for (int64_t t = 0; t < T; ++t) {
    choose({*stage.get(), 0, l.sizes.members, 0, l.sizes.envs, t});
    l.batch.step(l.exec, d.action + t * L, buffers_of_step(l, t));
  }
}

void rollout_chunk(Learner& l, const Chooser& choose, int member, int64_t lane0, int64_t rows) {
  const RolloutView& d = l.data;
  const int64_t L = d.lanes, T = d.steps, D = l.layout.obs(), A = l.layout.actions();
  std::copy_n(d.obs + (T * L + lane0) * D, rows * D, d.obs + lane0 * D);
  std::copy_n(d.mask + (T * L + lane0) * A, rows * A, d.mask + lane0 * A);
  std::fill_n(d.final_count + lane0, rows, 0);
  const StagePool::Loan stage(l.stages);
  for (int64_t t = 0; t < T; ++t) {
    choose({*stage.get(), member, 1, lane0, rows, t});
    l.batch.step(l.exec, LaneRange{lane0, lane0 + rows}, d.action + t * L, buffers_of_step(l, t));
  }
}

}  // namespace

void start_environments(Learner& l) {
  StepBuffers out;
  out.obs = l.data.obs + l.sizes.steps * l.sizes.lanes * l.layout.obs();
  out.mask = mask_at(l, l.sizes.steps);
  l.batch.reset(l.exec, out);
}

void forward_actor(const Learner& l, const ChoiceCall& c) {
  l.load_obs(c.stage, c.member0, c.members,
             ObsRows{l.data.obs, nullptr, 0, c.t * l.data.lanes + c.lane0, l.sizes.envs, c.rows});
  l.net->actor(l.call(c.stage, c.member0, c.members, c.rows), c.stage.actor_work, c.stage.logits);
}

void sample_actions(const Learner& l, const ChoiceCall& c, float* log_prob) {
  const RolloutView& d = l.data;
  const int64_t at = c.t * d.lanes;
  forward_actor(l, c);
  launch_elements(
      l.exec, c.members * c.rows,
      SampleActions{c.stage.logits, d.mask + at * l.layout.actions(), d.action + at,
                    log_prob == nullptr ? nullptr : log_prob + at, l.counters, c.lane0, c.t,
                    l.sizes.steps, l.seed, l.member_offset, l.sizes.envs, l.layout.actions()});
}

void run_rollout(Learner& l, const Chooser& choose) {
  if (l.exec.device.is_cuda()) {
    rollout_cuda(l, choose);
    return;
  }
  const int64_t E = l.sizes.envs, chunks = (E + kChunkLanes - 1) / kChunkLanes;
  run_tasks(l.sizes.members * chunks, [&](int64_t task) {
    const int64_t member = task / chunks, first = task % chunks * kChunkLanes;
    rollout_chunk(l, choose, static_cast<int>(member), member * E + first,
                  std::min(kChunkLanes, E - first));
  });
}

}  // namespace cusched
