// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/group.h"
#include "cuda/macros.h"
#include "envs/batch_view.h"
#include "envs/env.h"
#include "envs/rule_score.h"
#include "envs/stream_ids.h"
#include "envs/type_list.h"

// What a kernel does with a lane, the same for every environment and back end.
namespace cusched {

// Number of reward terms that serve Env.
template <class Env, class... Terms>
constexpr int count_rewards(TypeList<Terms...>) {
  return (0 + ... + (RewardOf<Terms, Env> ? 1 : 0));
}

template <class Env, class Terms = typename Extensions<Env>::Rewards>
struct RewardSum {
  static constexpr int kTerms = count_rewards<Env>(Terms{});

  // weights (kTerms): fixed order of the terms' file names.
  CUSCHED_HD static float of(const typename Env::Facts& facts, const float* weights) {
    return add(Terms{}, facts, weights);
  }

 private:
  template <class... Ts>
  CUSCHED_HD static float add(TypeList<Ts...>, const typename Env::Facts& facts,
                              const float* weights) {
    float sum = 0.0f;
    int term = 0;
    (add_one<Ts>(facts, weights, term, sum), ...);
    return sum;
  }
  template <class Term>
  CUSCHED_HD static void add_one(const typename Env::Facts& facts, const float* weights, int& term,
                                 float& sum) {
    if constexpr (RewardOf<Term, Env>) {
      const float weight = weights[term++];
      if (weight != 0.0f) sum += weight * Term::value(facts);
    }
  }
};

// The item a heuristic chooses, -1 for none.
template <class Env, class Group>
struct Chooser {
  using Lane = typename Env::template Lane<Group>;
  using View = typename Env::View;
  using Baselines = typename Extensions<Env>::Baselines;

  // kStep: a step follows, before which the environment may put its queue in order.
  template <bool kStep = true>
  CUSCHED_HD static int choose(int heuristic, const Group& g, Lane& lane, const Philox4& random) {
    int item = -1, index = 0;
    if (!try_choices(Baselines{}, heuristic, index, item, g, lane, random))
      item = lowest<kStep>(heuristic, g, lane);
    return item;
  }

 private:
  // Heuristics that choose. False when `heuristic` is none of them.
  template <class... Hs>
  CUSCHED_HD static bool try_choices(TypeList<Hs...>, int heuristic, int& index, int& item,
                                     const Group& g, Lane& lane, const Philox4& random) {
    return (try_choice<Hs>(heuristic, index, item, g, lane, random) || ...);
  }
  template <class H>
  CUSCHED_HD static bool try_choice(int heuristic, int& index, int& item, const Group& g,
                                    Lane& lane, const Philox4& random) {
    if constexpr (kServes<H, Env>) {
      if (index++ == heuristic) {
        if constexpr (!ScoreOf<H, Env>) {
          item = in_sight(
              lane, [&](const View& view) { return H::choose(g, view, lane.scratch(), random); });
          return true;
        }
      }
    }
    return false;
  }

  // Heuristics that score: one search for all of them.
  template <bool kStep>
  CUSCHED_HD_NOINLINE static int lowest(int heuristic, const Group& g, Lane& lane) {
    using Score = RuleScore<Env, Group>;
    constexpr double kBlocked = 1e300;
    if constexpr (kStep)
      lane.before_choice([&](int i) { return Score::of(heuristic, lane.view(), i); });
    return in_sight(lane, [&](const View& view) {
      const int item = g.argmin(view.visible(), [&](int i) {
        return view.allowed(i) ? Score::of(heuristic, view, i) : kBlocked;
      });
      return item >= 0 && view.allowed(item) ? item : -1;
    });
  }

  // choose(view) with the items that the heuristic may choose: where a lane picks what a policy
  // sees, it shows a limited heuristic no other.
  template <class Choose>
  CUSCHED_HD static int in_sight(Lane& lane, const Choose& choose) {
    if constexpr (requires { lane.begin_choice(); }) {
      const auto whole = lane.begin_choice();
      const int item = choose(lane.view());
      lane.end_choice(whole);
      return item;
    } else {
      return choose(lane.view());
    }
  }
};

// The action 0..K that stands for a heuristic's item. Where an item says more than an action can
// (on which GPU of a node), the lane knows the action.
template <class Lane>
CUSCHED_HD int action_of(const Lane& state, int item, int slots) {
  if constexpr (requires { state.action_of(item); }) {
    if (item >= 0) item = state.action_of(item);
  }
  return item >= 0 && item < slots ? item : slots;
}

// Steps one lane and writes what came of it. `state` is loaded.
template <class Env, class Group, class Lane>
CUSCHED_HD void step_and_write(const BatchView<Env>& batch, const Group& g, Lane& state,
                               int64_t lane, int item, const StepBuffers& out) {
  float* const obs = out.obs == nullptr ? nullptr : out.obs + lane * batch.obs;
  uint8_t* const mask = out.mask == nullptr ? nullptr : out.mask + lane * batch.actions;
  Done done = Done::kTerminated;
  float reward = 0.0f;
  int32_t elapsed = 0, final_row = -1;
  if (!(batch.single_episode && state.episode() > 0)) {
    done = state.step(item);
    reward = state.reward(RewardSum<Env>::of(
        state.facts(), batch.reward_weights + (lane / batch.envs) * RewardSum<Env>::kTerms));
    elapsed = state.elapsed_s();
    if (done != Done::kRunning) {
      if (done == Done::kTruncated && out.final_obs != nullptr &&
          out.final_count[lane] < out.final_rows) {
        final_row = out.final_count[lane];
        const int64_t row = lane * out.final_rows + final_row;
        state.observe(out.final_obs + row * batch.obs,
                      out.final_mask == nullptr ? nullptr : out.final_mask + row * batch.actions);
        g.once([&] { ++out.final_count[lane]; });
      }
      state.end_episode();
      if (!batch.single_episode) state.begin_episode(batch.keys(lane, state.episode()), false);
    }
  }
  state.observe(obs, mask);
  g.once([&] {
    if (out.reward != nullptr) out.reward[lane] = reward;
    if (out.done != nullptr) out.done[lane] = static_cast<uint8_t>(done);
    if (out.elapsed_s != nullptr) out.elapsed_s[lane] = elapsed;
    if (out.final_index != nullptr) out.final_index[lane] = final_row;
  });
}

// Asks for the cache lines of a row that is written next: rows of one lane lie a whole batch apart,
// and waiting for them costs the host a quarter of a step.
template <class Env>
CUSCHED_HD void expect_row(const BatchView<Env>& batch, int64_t lane, const StepBuffers& row) {
#if !CUSCHED_DEVICE_CODE
  constexpr int kLine = 64 / sizeof(float);
  if (row.obs != nullptr) {
    const float* const obs = row.obs + lane * batch.obs;
    for (int i = 0; i < batch.obs + kLine - 1; i += kLine) __builtin_prefetch(obs + i, 1);
  }
#endif
}

// ---- The kernels of envs/batch_view.h ---------------------------------------------------------

template <class Env>
template <class Group>
CUSCHED_HD void ResetLanes<Env>::operator()(const Group& g, int64_t lane) const {
  typename Env::template Lane<Group> state(g, batch.caps, batch.params[lane / batch.envs],
                                           batch.columns, lane, batch.window);
  state.begin_episode(batch.keys(lane, 0), !batch.single_episode);
  state.observe(out.obs == nullptr ? nullptr : out.obs + lane * batch.obs,
                out.mask == nullptr ? nullptr : out.mask + lane * batch.actions);
  state.store();
}

template <class Env>
template <class Group>
CUSCHED_HD void StepLanes<Env>::operator()(const Group& g, int64_t lane) const {
  typename Env::template Lane<Group> state(g, batch.caps, batch.params[lane / batch.envs],
                                           batch.columns, lane, batch.window);
  state.load(batch.keys(lane, state.stored_episode()));
  const int32_t chosen = action[lane];
  step_and_write(batch, g, state, lane, chosen >= 0 && chosen < batch.caps.slots ? chosen : -1,
                 out);
  state.store();
}

template <class Env>
template <class Group>
CUSCHED_HD void HeuristicLanes<Env>::operator()(const Group& g, int64_t lane) const {
  typename Env::template Lane<Group> state(g, batch.caps, batch.params[lane / batch.envs],
                                           batch.columns, lane, batch.window);
  const LaneKeys keys = batch.keys(lane, state.stored_episode());
  state.load(keys);
  RngKey key = keys.lane;  // made once: it costs two divisions
  for (int64_t t = 0; t < steps; ++t) {
    key.episode = state.episode();
    if (t + 1 < steps) expect_row(batch, lane, out.at(t + 1));
    const Philox4 random = draw4(key, kStreamRandomAction, state.step_index());
    const int item = Chooser<Env, Group>::choose(heuristic, g, state, random);
    if (action != nullptr)
      g.once([&] { action[t * lanes + lane] = action_of(state, item, batch.caps.slots); });
    step_and_write(batch, g, state, lane, item, out.at(t));
  }
  state.store();
}

template <class Env>
template <class Group>
CUSCHED_HD void SuggestLanes<Env>::operator()(const Group& g, int64_t lane) const {
  typename Env::template Lane<Group> state(g, batch.caps, batch.params[lane / batch.envs],
                                           batch.columns, lane, batch.window);
  const LaneKeys keys = batch.keys(lane, state.stored_episode());
  state.load(keys);
  const Philox4 random = draw4(keys.lane, kStreamRandomAction, state.step_index());
  const int item = Chooser<Env, Group>::template choose<false>(heuristic, g, state, random);
  const int chosen = action_of(state, item, batch.caps.slots);
  const bool allowed = chosen < batch.caps.slots ? state.view().allowed(item)
                                                 : item < 0 && state.view().wait_allowed();
  g.once([&] { action[lane] = allowed ? chosen : -1; });
}

}  // namespace cusched
