// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "cuda/error.h"
#include "tests/envs/contract_batch.h"
#include "tests/envs/contract_suite.h"

// Episodes, masks, rewards, evaluations and settings.
namespace cusched::contract {
namespace {

constexpr const char* kRandom = "random-feasible";
constexpr int kSteps = 600;

bool all_finite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); });
}

}  // namespace

void masks_leave_a_choice(const EnvEntry& env) {
  for (const Variant& variant : variants(env)) {
    auto batch = make(env, variant, lanes(33));
    const int lanes = 33, actions = batch->shape().actions();
    const Record start = reset(*batch);
    const Record run = rollout(*batch, kRandom, kSteps);
    EXPECT_TRUE(all_finite(start.obs) && all_finite(run.obs) && all_finite(run.reward))
        << variant.name;
    std::map<int, int64_t> chosen;
    for (int t = 0; t < kSteps; ++t) {
      for (int lane = 0; lane < lanes; ++lane) {
        const int action = run.action[t * lanes + lane];
        ASSERT_GE(action, 0);
        ASSERT_LT(action, actions);
        const uint8_t* const mask =
            (t == 0 ? start.mask.data() : run.mask.data() + int64_t{t - 1} * lanes * actions) +
            int64_t{lane} * actions;
        ASSERT_TRUE(std::all_of(mask, mask + actions, [](uint8_t m) { return m <= 1; }));
        // Where nothing is allowed there is nothing to choose: none.
        const bool any = std::any_of(mask, mask + actions, [](uint8_t m) { return m == 1; });
        ASSERT_EQ(mask[action], any ? 1 : 0)
            << variant.name << ", step " << t << ", lane " << lane << ", action " << action;
        ++chosen[action];
      }
    }
    EXPECT_GT(chosen.size(), 1u) << variant.name << ": one action was chosen all the time";
  }
}

void masked_out_action_is_none(const EnvEntry& env) {
  for (const Variant& variant : variants(env)) {
    constexpr int kLanes = 65;
    auto refused = make(env, variant, lanes(kLanes)), waiting = make(env, variant, lanes(kLanes));
    const int actions = refused->shape().actions();
    reset(*refused);
    reset(*waiting);
    rollout(*refused, kRandom, 100);
    const Record run = rollout(*waiting, kRandom, 100);
    const uint8_t* const mask = run.mask.data() + int64_t{99} * kLanes * actions;
    std::vector<int32_t> bad(kLanes, actions - 1), none(kLanes, actions - 1);
    int masked = 0;
    for (int lane = 0; lane < kLanes; ++lane) {
      for (int k = actions - 2; k >= 0; --k)
        if (mask[lane * actions + k] == 0) bad[lane] = k;
      masked += bad[lane] != none[lane] ? 1 : 0;
    }
    bad[0] = actions + 5;  // no action at all
    bad[1] = -3;
    EXPECT_GT(masked, 0) << variant.name;
    Record a = replay(*refused, bad), b = replay(*waiting, none);
    a.action = b.action;
    EXPECT_EQ(a.difference(b), "") << variant.name;
  }
}

void reward_is_weighted_by_member(const EnvEntry& env) {
  const size_t terms = env.reward_terms.size();
  ASSERT_EQ(env.reward_defaults.size(), terms);
  for (const Variant& variant : variants(env)) {
    BatchOptions options = lanes(9);
    options.members = 2;
    options.paired = true;
    auto batch = make(env, variant, options);
    EXPECT_EQ(batch->reward_terms(), env.reward_terms);
    ASSERT_EQ(batch->reward_weights().size(), 2 * terms);
    std::vector<float> weights = batch->reward_weights();
    std::fill(weights.begin() + static_cast<int64_t>(terms), weights.end(), 0.0f);
    batch->set_reward_weights(weights);
    EXPECT_EQ(batch->reward_weights(), weights);
    reset(*batch);
    const Record run = rollout(*batch, kRandom, 300);
    int64_t nonzero = 0;
    for (int t = 0; t < 300; ++t) {
      for (int e = 0; e < 9; ++e) {
        nonzero += run.reward[t * 18 + e] != 0.0f ? 1 : 0;
        ASSERT_EQ(run.reward[t * 18 + 9 + e], 0.0f) << variant.name;
      }
    }
    EXPECT_GT(nonzero, 0) << variant.name;
    EXPECT_THROW(batch->set_reward_weights(std::vector<float>(terms + 1)), Error);
    EXPECT_THROW(batch->set_reward_weights(std::vector<float>(terms, NAN)), InputError);
  }
}

void evaluation_ends_and_stays(const EnvEntry& env) {
  for (const Variant& variant : variants(env)) {
    BatchOptions options = lanes(5);
    options.single_episode = true;
    options.whole_queue = true;
    auto batch = make(env, variant, options);
    for (const std::string& name : {std::string(kRandom), batch->heuristics()[0]}) {
      reset(*batch);
      EXPECT_FALSE(batch->all_ended({})) << variant.name;
      for (int round = 0; round < 400 && !batch->all_ended({}); ++round)
        rollout(*batch, name, 256, false);
      ASSERT_TRUE(batch->all_ended({})) << variant.name << ", " << name;
      const EpisodeMetrics metrics = batch->episode_metrics({});
      EXPECT_EQ(metrics.names, env.metrics);
      ASSERT_EQ(metrics.values.size(), 5 * env.metrics.size());
      for (size_t i = 0; i < metrics.values.size(); ++i)
        EXPECT_TRUE(std::isfinite(metrics.values[i])) << metrics.names[i % metrics.names.size()];
      EXPECT_EQ(batch->start_times({}).size(), 5u);
      // An ended lane keeps its state.
      const std::vector<uint64_t> hashes = batch->hashes({});
      const Record after = replay(*batch, std::vector<int32_t>(5 * 3, 0));
      EXPECT_EQ(batch->hashes({}), hashes) << variant.name << ", " << name;
      for (float reward : after.reward) EXPECT_EQ(reward, 0.0f);
      for (uint8_t done : after.done) EXPECT_NE(done, static_cast<uint8_t>(Done::kRunning));
    }
  }
}

void bad_settings_are_refused(const EnvEntry& env) {
  const BatchOptions options = lanes(1);
  const auto message = [&](const EnvValue& value) -> std::string {
    try {
      env.create({value}, options);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(message({"no-such-setting", "1", "run.yaml:7"}).find("run.yaml:7"), std::string::npos);
  EXPECT_NE(message({"preset", "no-such-preset", "run.yaml:3"}).find("run.yaml:3"),
            std::string::npos);
  EXPECT_THROW(env.create({}, lanes(0)), Error);
  // Every default is accepted.
  std::vector<EnvValue> defaults;
  for (const EnvOption& option : env.options)
    defaults.push_back({option.name, option.default_value, "test"});
  EXPECT_NO_THROW(env.create(defaults, options));
}

}  // namespace cusched::contract
