// SPDX-License-Identifier: MIT
#include "agents/on_policy.h"

#include <algorithm>

#include "agents/iteration.h"
#include "agents/kernels/advantage_moments.h"
#include "agents/kernels/permutation.h"
#include "agents/kernels/values.h"
#include "agents/warm_start.h"

namespace cusched {
namespace {

int64_t up(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Values of the rows in stage.index of `obs`.
void value_rows(const Learner& l, const Stage& stage, int member0, int members, int64_t rows,
                const float* obs, float* value) {
  l.load_obs(stage, member0, members, ObsRows{obs, stage.index, rows, 0, 0, rows});
  l.net->critic(l.call(stage, member0, members, rows), stage.critic_work, stage.value);
  launch_elements(l.exec, members * rows, ScatterValues{stage.index, stage.value, value});
}

void value_pass(Learner& l, const OnPolicy& own) {
  const LearnerSizes& s = l.sizes;
  const int64_t samples = (s.steps + 1) * s.envs;
  for_chunks(l, up(samples, s.chunk), [&](Stage& stage, int member0, int members, int64_t chunk) {
    const int64_t rows = std::min(s.chunk, samples);
    launch_rows(
        l.exec, members, rows,
        SequentialIndex{stage.index, chunk * s.chunk, rows, samples, member0, s.members, s.envs});
    value_rows(l, stage, member0, members, rows, l.data.obs, own.view.value);
  });
}

// On CUDA every possible row goes through the critic, so that the launches are always the same.
void final_pass_cuda(Learner& l, const OnPolicy& own) {
  const LearnerSizes& s = l.sizes;
  const int64_t all = s.envs * s.final_rows, rows = std::min(s.chunk, all);
  const int fr = static_cast<int>(s.final_rows);
  for_chunks(l, up(all, rows), [&](Stage& stage, int member0, int members, int64_t chunk) {
    launch_rows(
        l.exec, members, rows,
        FinalIndex{l.data.final_count, stage.index, chunk * rows, rows, member0, s.envs, fr});
    value_rows(l, stage, member0, members, rows, l.data.final_obs, own.view.final_value);
  });
}

// On the CPU only the rows that were taken do, chunk of lanes by chunk of lanes.
void final_pass_host(Learner& l, const OnPolicy& own) {
  const LearnerSizes& s = l.sizes;
  for_chunks(l, up(s.envs, kChunkRows), [&](Stage& stage, int member, int, int64_t chunk) {
    const int64_t begin = member * int64_t{s.envs} + chunk * kChunkRows;
    const int64_t end = std::min(begin + kChunkRows, (member + 1) * int64_t{s.envs});
    int64_t rows = 0;
    const auto flush = [&] {
      if (rows > 0) value_rows(l, stage, member, 1, rows, l.data.final_obs, own.view.final_value);
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

}  // namespace

std::vector<std::string> OnPolicy::stat_names(const WarmStartConfig& warm) {
  std::vector<std::string> names(kOnPolicyStatNames, kOnPolicyStatNames + kOnPolicyStats);
  for (const std::string& name : WarmStart::stat_names(warm)) names.push_back(name);
  return names;
}

void OnPolicy::add_fields(Learner& l, bool log_prob) {
  const LearnerSizes& s = l.sizes;
  if (log_prob) l.own.add(view.log_prob, s.steps * s.lanes);
  l.own.add(view.value, (s.steps + 1) * s.lanes);
  l.own.add(view.final_value, s.lanes * s.final_rows);
  l.own.add(view.sample, s.steps * s.lanes);
  l.own.add(params, s.members);
  l.own.add(index, s.members * l.step.rows);
  l.own.add(advantage_partial, s.members * l.row_blocks());
}

void compute_advantages(Learner& l, const OnPolicy& own) {
  const LearnerSizes& s = l.sizes;
  value_pass(l, own);
  if (l.exec.device.is_cuda()) {
    final_pass_cuda(l, own);
  } else {
    final_pass_host(l, own);
  }
  track_rewards(l);
  launch_elements(
      l.exec, s.lanes,
      Gae{l.data, own.view, l.member_params, own.params, l.state, l.lane_sums, l.by_time},
      kChunkRows);
  sum_lanes(l);
  launch_teams(l.exec, s.members,
               WriteOnPolicyStats{l.lane_partial, l.state, l.own_stats(), l.stats_width(),
                                  l.lane_blocks(), s.samples});
  begin_updates(l);
}

void advantage_moments(Learner& l, const OnPolicy& own, bool normalise) {
  const int64_t blocks = l.row_blocks();
  launch_teams(
      l.exec, l.sizes.members * blocks,
      AdvantageSums{own.view.sample, own.index, own.advantage_partial, l.step.rows, blocks});
  launch_teams(
      l.exec, l.sizes.members,
      AdvantageMoments{own.advantage_partial, l.state, l.counters, blocks, l.step, normalise});
}

NetCall<float> forward_rows(const Learner& l, const OnPolicy& own, const GradientCall& c) {
  l.load_obs(c.stage, c.member0, c.members,
             ObsRows{l.data.obs, own.index + c.member0 * l.step.rows + c.first, l.step.rows, 0, 0,
                     c.rows});
  const NetCall<float> net = l.call(c.stage, c.member0, c.members, c.rows);
  l.net->actor(net, c.stage.actor_work, c.stage.logits);
  l.net->critic(net, c.stage.critic_work, c.stage.value);
  return net;
}

void backward_rows(const Learner& l, const NetCall<float>& net, const GradientCall& c) {
  const Stage& s = c.stage;
  l.net->actor_backward(net, s.actor_work, s.scratch, s.dlogits, c.grads, c.accumulate);
  l.net->critic_backward(net, s.critic_work, s.scratch, s.dvalue, c.grads, c.accumulate);
}

}  // namespace cusched
