// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "agents/replay.h"
#include "tests/agents/toy_batch.h"

// A replay filled with transitions that the test remembers, and what a minibatch of it has to say.
namespace cusched {

inline constexpr int kMembers = 2, kEnvs = 3, kLanes = kMembers * kEnvs, kSteps = 4, kWidth = 4;
// Rows of a rollout for final observations: fewer than it may want.
inline constexpr int kActions = 3, kFinals = 2;

// A batch that tells its shape; a lane may truncate in every step.
inline ToyBatch shape_of(int envs = kEnvs, int length = 1) {
  ToyOptions options;
  options.shape = BatchShape{kMembers, envs, kActions - 1, 2, 1};
  options.length = length;
  return ToyBatch(options);
}

// Rollouts of invented transitions, of which everything is remembered. An observation says where
// it belongs: [time, lane, final, 0].
class History {
 public:
  explicit History(uint32_t seed, bool truncates = true) : random_(seed), truncates_(truncates) {
    data_.steps = kSteps;
    data_.lanes = kLanes;
    data_.envs = kEnvs;
    data_.final_rows = kFinals;
    data_.obs = obs_.data();
    data_.mask = mask_.data();
    data_.action = action_.data();
    data_.reward = reward_.data();
    data_.done = done_.data();
    data_.elapsed_s = elapsed_.data();
    data_.final_index = final_index_.data();
    data_.final_obs = final_obs_.data();
    data_.final_mask = final_mask_.data();
    data_.final_count = final_count_.data();
  }

  struct Step {
    float reward;
    uint8_t done;
    int32_t elapsed_s, action;
    int64_t final;  // number of its final observation among the lane's, -1: it has none
  };
  // (time, lane)
  const Step& step(int64_t time, int64_t lane) const {
    return steps_.at(static_cast<size_t>(time * kLanes + lane));
  }
  // Whether the step was truncated and its final observation is not in `replay`, or is no more.
  bool cut(const ReplayView& replay, const Step& step, int64_t lane) const {
    return step.done == 2 && (step.final < 0 || finals_.at(static_cast<size_t>(lane)) - step.final >
                                                    replay.final_rows);
  }
  int64_t head() const { return static_cast<int64_t>(steps_.size()) / kLanes; }
  static uint8_t mask(int64_t time, int64_t lane, bool final, int a) {
    return (time * 7 + lane * 3 + (final ? 1 : 0) + a) % 3 != 0;
  }

  const RolloutView& next() {
    const int64_t begin = head();
    std::fill(final_count_.begin(), final_count_.end(), 0);
    for (int t = 0; t <= kSteps; ++t)
      for (int lane = 0; lane < kLanes; ++lane) observe(begin + t, lane, false, t * kLanes + lane);
    for (int t = 0; t < kSteps; ++t)
      for (int lane = 0; lane < kLanes; ++lane) {
        const size_t i = static_cast<size_t>(t * kLanes + lane);
        const int dice = static_cast<int>(random_() % 10);
        int32_t& taken = final_count_[static_cast<size_t>(lane)];
        Step step{static_cast<float>(random_() % 100) / 10,
                  static_cast<uint8_t>(dice < 2 ? 1 : (truncates_ && dice < 4 ? 2 : 0)),
                  static_cast<int32_t>(30 + random_() % 100),
                  static_cast<int32_t>(random_() % kActions), -1};
        if (step.done == 2 && taken < kFinals) step.final = finals_[static_cast<size_t>(lane)]++;
        steps_.push_back(step);
        reward_[i] = step.reward;
        done_[i] = step.done;
        elapsed_[i] = step.elapsed_s;
        action_[i] = step.action;
        final_index_[i] = -1;
        if (step.final < 0) continue;
        final_index_[i] = taken++;
        observe(begin + t + 1, lane, true, lane * kFinals + final_index_[i]);
      }
    return data_;
  }

 private:
  void observe(int64_t time, int64_t lane, bool final, int64_t row) {
    float* const obs = (final ? final_obs_ : obs_).data() + row * kWidth;
    obs[0] = static_cast<float>(time);
    obs[1] = static_cast<float>(lane);
    obs[2] = final ? 1 : 0;
    uint8_t* const out = (final ? final_mask_ : mask_).data() + row * kActions;
    for (int a = 0; a < kActions; ++a) out[a] = mask(time, lane, final, a);
  }

  std::mt19937 random_;
  bool truncates_;
  std::vector<Step> steps_;
  std::vector<int64_t> finals_ = std::vector<int64_t>(kLanes);
  std::vector<float> obs_ = std::vector<float>((kSteps + 1) * kLanes * kWidth);
  std::vector<float> final_obs_ = std::vector<float>(kLanes * kFinals * kWidth);
  std::vector<uint8_t> mask_ = std::vector<uint8_t>((kSteps + 1) * kLanes * kActions);
  std::vector<uint8_t> final_mask_ = std::vector<uint8_t>(kLanes * kFinals * kActions);
  std::vector<int32_t> action_ = std::vector<int32_t>(kSteps * kLanes);
  std::vector<float> reward_ = std::vector<float>(kSteps * kLanes);
  std::vector<uint8_t> done_ = std::vector<uint8_t>(kSteps * kLanes);
  std::vector<int32_t> elapsed_ = std::vector<int32_t>(kSteps * kLanes);
  std::vector<int32_t> final_index_ = std::vector<int32_t>(kSteps * kLanes);
  std::vector<int32_t> final_count_ = std::vector<int32_t>(kLanes);
  RolloutView data_{};
};

// What a minibatch reads, and how it is drawn.
struct Drawn {
  Drawn(int64_t samples_in, bool by_time_in)
      : samples(samples_in),
        by_time(by_time_in),
        index(static_cast<size_t>(kMembers * samples)),
        next(index.size()),
        sample(index.size()) {
    params.resize(kMembers);
    state.resize(kMembers);
    for (int p = 0; p < kMembers; ++p) {
      MemberParams& m = params[static_cast<size_t>(p)];
      m.gamma = 0.9 - 0.2 * p;
      m.gamma_per_s = std::pow(m.gamma, 1.0 / 60);
      m.reward_clip = 3;
      state[static_cast<size_t>(p)].reward_scale = p == 0 ? 1.0f : 0.5f;
    }
  }
  void draw(Replay& replay, int n_step) {
    replay.sample(index.data(), sample.data(), 9, 0, beta.data(), progress);
    for (size_t i = 0; i < index.size(); ++i)
      GatherReturns{replay.view(), params.data(), state.data(), index.data(), next.data(),
                    sample.data(), samples,       n_step,       by_time}(static_cast<int64_t>(i));
    AdvanceDraws{replay.view().counters}(0);
  }

  int64_t samples;
  bool by_time;
  std::vector<int32_t> index, next;
  std::vector<TdSample> sample;
  std::vector<MemberParams> params;
  std::vector<MemberState> state;
  Counters counters{};
  Progress progress{&counters, 1, 0};
  mutable int cuts = 0;  // samples whose return is cut, as check_sample found
  std::vector<LinearMove> beta = std::vector<LinearMove>(kMembers, {0.5f, 0.5f, 1.0f});
};

inline ReplayConfig config(int64_t transitions, int n_step, bool prioritised, int64_t samples) {
  ReplayConfig c;
  c.transitions = transitions;
  c.n_step = n_step;
  c.prioritised = prioritised;
  c.samples = samples;
  return c;
}

// Checks everything a sample says against the history, written the plain way.
inline void check_sample(const Replay& replay, const History& history, const Drawn& drawn, size_t i,
                         int n_step) {
  const ReplayView& view = replay.view();
  const int p = static_cast<int>(i) / static_cast<int>(drawn.samples);
  const float* const obs = view.obs + int64_t{drawn.index[i]} * kWidth;
  int64_t time = static_cast<int64_t>(obs[0]);
  const int64_t lane = static_cast<int64_t>(obs[1]);
  ASSERT_EQ(lane / kEnvs, p);
  ASSERT_EQ(obs[2], 0);
  ASSERT_GE(time, history.head() - (view.rows - 1));
  ASSERT_LE(time, history.head() - n_step);
  for (int a = 0; a < kActions; ++a)
    ASSERT_EQ(view.mask[int64_t{drawn.index[i]} * kActions + a],
              History::mask(time, lane, false, a));
  ASSERT_EQ(drawn.sample[i].action, history.step(time, lane).action);

  const double gamma = p == 0 ? 0.9 : 0.7, scale = p == 0 ? 1 : 0.5;
  double reward = 0, discount = 1;
  uint8_t done = 0;
  for (int k = 0; k < n_step && done == 0; ++k, ++time) {
    const History::Step& step = history.step(time, lane);
    if (history.cut(view, step, lane)) {
      ++drawn.cuts;
      if (k > 0) break;
      ASSERT_EQ(drawn.sample[i].weight, 0);
      ASSERT_EQ(drawn.sample[i].reward, 0);
      ASSERT_EQ(drawn.next[i], -1);
      return;
    }
    reward += discount * std::min(3.0, double{step.reward} * scale);
    discount *= drawn.by_time ? std::pow(gamma, step.elapsed_s / 60.0) : gamma;
    done = step.done;
  }
  ASSERT_GT(drawn.sample[i].weight, 0);
  ASSERT_NEAR(drawn.sample[i].reward, reward, 1e-4);
  ASSERT_NEAR(drawn.sample[i].discount, done == 1 ? 0 : discount, 1e-5);
  if (done == 1) {
    ASSERT_EQ(drawn.next[i], -1);
    return;
  }
  const float* const next = view.obs + int64_t{drawn.next[i]} * kWidth;
  ASSERT_EQ(next[0], time);
  ASSERT_EQ(next[1], lane);
  ASSERT_EQ(next[2], done == 2 ? 1 : 0);
  for (int a = 0; a < kActions; ++a)
    ASSERT_EQ(view.mask[int64_t{drawn.next[i]} * kActions + a],
              History::mask(time, lane, done == 2, a));
}

}  // namespace cusched
