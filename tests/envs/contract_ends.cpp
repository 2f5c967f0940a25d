// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tests/envs/contract_batch.h"
#include "tests/envs/contract_suite.h"

// What an episode leaves behind when it ends: nothing to the next one, its sums to the statistics,
// its last observation to the learner.
namespace cusched::contract {
namespace {

constexpr const char* kRandom = "random-feasible";
constexpr int kSteps = 600;

bool all_finite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); });
}

double stat(const BatchStats& stats, const std::string& name, size_t member = 0) {
  const auto found = std::find(stats.names.begin(), stats.names.end(), name);
  EXPECT_NE(found, stats.names.end()) << name;
  return stats.sum[member * stats.names.size() + (found - stats.names.begin())];
}

// Plays a batch of one lane to the end of its episode, heuristics choosing in turn.
void play_one_episode(Batch& batch, const std::vector<std::string>& heuristics) {
  constexpr size_t kMost = 100000;
  for (size_t t = 0; t < kMost; ++t)
    if (rollout(batch, heuristics[t % heuristics.size()], 1).done[0] != 0) return;
  FAIL() << "the episode does not end";
}

}  // namespace

void second_reset_starts_afresh(const EnvEntry& env) {
  for (const Variant& variant : variants(env)) {
    for (bool evaluation : {false, true}) {
      BatchOptions options = lanes(9);
      options.whole_queue = options.single_episode = evaluation;
      auto fresh = make(env, variant, options), used = make(env, variant, options);
      reset(*used);
      for (const std::string& name : used->heuristics()) rollout(*used, name, 100, false);
      EXPECT_EQ(reset(*fresh).difference(reset(*used)), "") << variant.name;
      EXPECT_EQ(state_difference(*fresh, *used), "") << variant.name;
      EXPECT_EQ(rollout(*fresh, kRandom, 300).difference(rollout(*used, kRandom, 300)), "")
          << variant.name;
      EXPECT_EQ(state_difference(*fresh, *used), "") << variant.name;
    }
  }
}

void ended_episodes_restart(const EnvEntry& env) {
  int64_t ended = 0;
  for (const Variant& variant : variants(env)) {
    auto batch = make(env, variant, lanes(33));
    reset(*batch);
    batch->take_stats({});
    const Record run = rollout(*batch, kRandom, kSteps);
    int64_t ends = 0;
    std::vector<bool> had_one(33);  // a staggered first episode does not count
    for (size_t i = 0; i < run.done.size(); ++i) {
      ASSERT_LE(run.done[i], static_cast<uint8_t>(Done::kTruncated));
      if (run.done[i] == 0) continue;
      ends += had_one[i % 33] ? 1 : 0;
      had_one[i % 33] = true;
    }
    EXPECT_TRUE(std::all_of(run.elapsed_s.begin(), run.elapsed_s.end(), [](int32_t s) {
      return s >= 0;
    })) << variant.name;
    EXPECT_EQ(batch->stat_names()[0], "episodes");
    const std::vector<uint8_t> before = batch->snapshot({});
    EXPECT_EQ(stat(batch->take_stats({}), "episodes"), static_cast<double>(ends)) << variant.name;
    // Taking forgets the totals and touches nothing else.
    const std::string change = batch->diff(before, batch->snapshot({}));
    EXPECT_EQ(change.rfind("field total_", 0), ends > 0 ? 0u : change.npos) << change;
    for (const double sum : batch->take_stats({}).sum) EXPECT_EQ(sum, 0.0) << variant.name;
    ended += ends;
  }
  EXPECT_GT(ended, 50) << "too few episodes ended to test anything";
}

void statistics_are_sums_by_member(const EnvEntry& env) {
  constexpr int kMembers = 2, kEnvs = 3;
  double episodes = 0;
  for (const Variant& variant : variants(env)) {
    BatchOptions options = lanes(kEnvs);
    options.members = kMembers;
    auto whole = make(env, variant, options);
    reset(*whole);
    rollout(*whole, kRandom, kSteps, false);
    const BatchStats stats = whole->take_stats({});
    EXPECT_EQ(stats.names, env.stats);
    std::vector<double> sum(stats.names.size() * kMembers);
    options.members = options.envs = 1;
    for (int lane = 0; lane < kMembers * kEnvs; ++lane) {
      options.member_offset = lane / kEnvs;
      options.env_offset = lane % kEnvs;
      auto one = make(env, variant, options);
      reset(*one);
      rollout(*one, kRandom, kSteps, false);
      const std::vector<double> own = one->take_stats({}).sum;
      ASSERT_EQ(own.size(), stats.names.size());
      for (size_t i = 0; i < own.size(); ++i) sum[lane / kEnvs * own.size() + i] += own[i];
    }
    EXPECT_EQ(stats.sum, sum) << variant.name;
    for (int m = 0; m < kMembers; ++m) episodes += stat(stats, "episodes", m);
  }
  EXPECT_GT(episodes, 20) << "too few episodes ended to test anything";
}

// Memory that an episode does not use keeps what the one before left there: it must not matter.
void episodes_forget_the_one_before(const EnvEntry& env) {
  for (const Variant& variant : variants(env)) {
    BatchOptions options = lanes(1);
    options.whole_queue = true;
    auto a = make(env, variant, options), b = make(env, variant, options);
    reset(*a);
    reset(*b);
    for (int episode = 0; episode < 2; ++episode) {  // totals leave the first, staggered one out
      play_one_episode(*a, {kRandom});
      play_one_episode(*b, env.heuristics);
    }
    EXPECT_NE(state_difference(*a, *b), "") << variant.name << ": the same was left behind";
    for (const std::string& name : env.heuristics)
      ASSERT_EQ(rollout(*a, name, 50).difference(rollout(*b, name, 50)), "")
          << variant.name << ", " << name;
  }
}

void truncations_keep_final_observations(const EnvEntry& env) {
  int64_t truncated = 0, changed = 0;
  for (const Variant& variant : variants(env)) {
    auto batch = make(env, variant, lanes(33));
    reset(*batch);
    const Record run = rollout(*batch, kRandom, kSteps);
    const int lanes = 33, obs = batch->shape().obs();
    EXPECT_TRUE(all_finite(run.final_obs)) << variant.name;
    std::vector<int32_t> rows(lanes);
    for (int t = 0; t < kSteps; ++t) {
      for (int lane = 0; lane < lanes; ++lane) {
        const int at = t * lanes + lane;
        const bool cut = run.done[at] == static_cast<uint8_t>(Done::kTruncated);
        ASSERT_EQ(run.final_index[at], cut ? rows[lane] : -1) << variant.name << ", step " << t;
        if (!cut) continue;
        ASSERT_LT(rows[lane], run.final_rows) << variant.name << ": max_truncations is too small";
        const float* const final_row =
            run.final_obs.data() + (int64_t{lane} * run.final_rows + rows[lane]) * obs;
        const float* const next = run.obs.data() + int64_t{at} * obs;
        changed += std::equal(next, next + obs, final_row) ? 0 : 1;
        const int64_t actions = batch->shape().actions();
        const uint8_t* const mask =
            run.final_mask.data() + (int64_t{lane} * run.final_rows + rows[lane]) * actions;
        ASSERT_TRUE(std::any_of(mask, mask + actions, [](uint8_t m) { return m == 1; }))
            << variant.name << ", step " << t;
        ++rows[lane];
        ++truncated;
      }
    }
    EXPECT_EQ(run.final_count, rows) << variant.name;
  }
  // The observation of a new episode takes the place of the final one.
  EXPECT_GE(2 * changed, truncated);
}

// A lane that has used its rows goes on, says so, and writes nothing.
void used_up_final_rows_are_left_alone(const EnvEntry& env) {
  int64_t left_out = 0;
  for (const Variant& variant : variants(env)) {
    auto whole = make(env, variant, lanes(33));
    for (int64_t steps : {1, 8, 600})
      EXPECT_EQ(whole->final_rows(steps), std::min(whole->max_truncations(steps), steps / 8 + 2));
    const int64_t D = whole->shape().obs(), A = whole->shape().actions();
    reset(*whole);
    const Record all = rollout(*whole, kRandom, kSteps);
    for (int rows : {0, 1}) {
      Record expected = all;  // without the rows of a lane behind the first `rows`
      std::fill(expected.final_obs.begin(), expected.final_obs.end(), 0.0f);
      std::fill(expected.final_mask.begin(), expected.final_mask.end(), uint8_t{0});
      for (int lane = 0; lane < 33; ++lane) {
        int32_t& count = expected.final_count[lane];
        left_out += std::max(count - rows, 0);
        count = std::min(count, rows);
        const int64_t from = int64_t{lane} * all.final_rows, to = int64_t{lane} * rows;
        std::copy_n(all.final_obs.begin() + from * D, count * D,
                    expected.final_obs.begin() + to * D);
        std::copy_n(all.final_mask.begin() + from * A, count * A,
                    expected.final_mask.begin() + to * A);
      }
      for (int32_t& index : expected.final_index)
        if (index >= rows) index = -1;
      auto few = make(env, variant, lanes(33));
      reset(*few);
      EXPECT_EQ(expected.difference(rollout_with_rows(*few, kRandom, kSteps, rows)), "")
          << variant.name << ", " << rows << " rows";
      EXPECT_EQ(state_difference(*whole, *few), "") << variant.name;
    }
  }
  EXPECT_GT(left_out, 0) << "no episode was truncated: nothing was tested";
}

}  // namespace cusched::contract
