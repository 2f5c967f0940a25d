// SPDX-License-Identifier: MIT
#include "agents/iteration.h"

#include "agents/kernels/iteration.h"

namespace cusched {
namespace {

void update_normaliser(Learner& l) {
  const LearnerSizes& s = l.sizes;
  const int64_t blocks = l.obs_blocks();
  const ObsSums sums{l.data.obs, l.moments, l.obs_partial, s.samples,
                     blocks,     s.members, s.envs,        l.obs_layout};
  if (l.exec.device.is_cuda()) {
    launch_rows(l.exec, s.members * blocks, l.layout.stats(), sums);
  } else {
    host_parallel_for(s.members * blocks, 1, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) ObsBlockSums{sums}(row);
    });
  }
  launch_teams(l.exec, int64_t{s.members} * l.layout.stats(),
               MergeObsSums{l.obs_partial, l.moments, blocks, l.layout.stats()});
  launch_rows(l.exec, s.members, l.layout.obs(),
              FreezeMoments{l.moments, l.obs_mean, l.obs_scale, l.obs_layout});
}

}  // namespace

void sum_lanes(Learner& l) {
  const int64_t blocks = l.lane_blocks();
  launch_teams(l.exec, l.sizes.members * blocks,
               LaneBlockSums{l.lane_sums, l.lane_partial, l.sizes.envs, blocks});
}

void track_rewards(Learner& l) {
  const LearnerSizes& s = l.sizes;
  launch_elements(l.exec, s.lanes,
                  TrackReturns{l.data, l.member_params, l.running_return, l.lane_sums, l.by_time},
                  kChunkRows);
  sum_lanes(l);
  launch_teams(l.exec, s.members,
               UpdateRewardScale{l.lane_partial, l.state, l.lane_blocks(), s.samples,
                                 l.config.scale_reward});
}

void begin_updates(Learner& l) {
  launch_elements(l.exec, l.sizes.members, BeginUpdate{l.state, l.counters});
}

void finish_iteration(Learner& l) {
  const LearnerSizes& s = l.sizes;
  if (l.config.normalise_obs) update_normaliser(l);
  launch_elements(l.exec, s.members,
                  WriteStats{l.member_params, l.state, l.counters, l.stats, l.terms,
                             l.stats_width(), s.samples, l.total_steps});
  launch_elements(l.exec, 1, AdvanceIteration{l.counters});
}

}  // namespace cusched
