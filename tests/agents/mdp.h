// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "agents/policy.h"

namespace cusched {

// A Markov decision process small enough to be solved exactly: what ToyKind::kMdp plays.
struct Mdp {
  int states = 1, slots = 1, globals = 1, features = 1;  // S, K, G, F
  std::vector<float> obs;                                // (S, D)
  std::vector<uint8_t> mask;                             // (S, A)
  std::vector<float> reward;                             // (S, A)
  std::vector<double> next;                              // (S, A, S); what is missing to 1 ends

  int actions() const { return slots + 1; }
  int width() const { return globals + slots * features; }  // D
  size_t at(int s, int a) const { return static_cast<size_t>(s * actions() + a); }
  bool allowed(int s, int a) const { return mask[at(s, a)] != 0; }

  void allocate() {
    obs.assign(static_cast<size_t>(states * width()), 0.0f);
    mask.assign(at(states, 0), 0);
    reward.assign(at(states, 0), 0.0f);
    next.assign(at(states, 0) * static_cast<size_t>(states), 0.0);
  }
  double* successors(int s, int a) { return next.data() + at(s, a) * static_cast<size_t>(states); }
  const double* successors(int s, int a) const {
    return next.data() + at(s, a) * static_cast<size_t>(states);
  }
  double value_of(int s, int a, const std::vector<double>& values, double gamma) const {
    const double* p = successors(s, a);
    double sum = reward[at(s, a)];
    for (int t = 0; t < states; ++t) sum += gamma * p[t] * values[static_cast<size_t>(t)];
    return sum;
  }
};

// Values of a policy that plays each allowed action with probability `share` (S, A).
inline std::vector<double> policy_values(const Mdp& mdp, const std::vector<double>& share,
                                         double gamma) {
  std::vector<double> values(static_cast<size_t>(mdp.states), 0.0);
  for (int round = 0; round < 1000; ++round)
    for (int s = 0; s < mdp.states; ++s) {
      double sum = 0;
      for (int a = 0; a < mdp.actions(); ++a)
        if (share[mdp.at(s, a)] > 0) sum += share[mdp.at(s, a)] * mdp.value_of(s, a, values, gamma);
      values[static_cast<size_t>(s)] = sum;
    }
  return values;
}

// The best actions, by value iteration, one for each state; and how much worse the second best is,
// in the state where it matters least.
struct Optimum {
  std::vector<int32_t> actions;
  double gap = INFINITY;
};
inline Optimum optimum(const Mdp& mdp, double gamma) {
  std::vector<double> values(static_cast<size_t>(mdp.states), 0.0);
  Optimum out;
  for (int round = 0; round < 1000; ++round) {
    out = {std::vector<int32_t>(values.size()), INFINITY};
    for (int s = 0; s < mdp.states; ++s) {
      double top = -INFINITY, second = -INFINITY;
      for (int a = 0; a < mdp.actions(); ++a) {
        if (!mdp.allowed(s, a)) continue;
        const double value = mdp.value_of(s, a, values, gamma);
        if (value > top) {
          second = top;
          top = value;
          out.actions[static_cast<size_t>(s)] = a;
        } else {
          second = std::max(second, value);
        }
      }
      values[static_cast<size_t>(s)] = top;
      out.gap = std::min(out.gap, top - second);
    }
  }
  return out;
}

// What a policy chooses in each state.
inline std::vector<int32_t> greedy_actions(const Mdp& mdp, const PolicyWeights& weights) {
  std::vector<int32_t> action(static_cast<size_t>(mdp.states));
  make_policy(weights, Device{})
      ->act(Exec{}, mdp.states, mdp.obs.data(), mdp.mask.data(), action.data());
  return action;
}

// How far a policy's actions are from the optimum, over all states: 0 for the best policy, 1 for
// one that chooses by lot.
inline double regret(const Mdp& mdp, const std::vector<int32_t>& actions, double gamma) {
  const auto only = [&](const std::vector<int32_t>& chosen) {
    std::vector<double> share(mdp.at(mdp.states, 0), 0.0);
    for (int s = 0; s < mdp.states; ++s) share[mdp.at(s, chosen[static_cast<size_t>(s)])] = 1;
    return policy_values(mdp, share, gamma);
  };
  std::vector<double> lots(mdp.at(mdp.states, 0), 0.0);
  for (int s = 0; s < mdp.states; ++s) {
    const int count = static_cast<int>(
        std::count(mdp.mask.begin() + static_cast<int64_t>(mdp.at(s, 0)),
                   mdp.mask.begin() + static_cast<int64_t>(mdp.at(s + 1, 0)), uint8_t{1}));
    for (int a = 0; a < mdp.actions(); ++a)
      if (mdp.allowed(s, a)) lots[mdp.at(s, a)] = 1.0 / count;
  }
  const std::vector<double> best = only(optimum(mdp, gamma).actions), mine = only(actions),
                            random = policy_values(mdp, lots, gamma);
  double lost = 0, range = 0;
  for (size_t s = 0; s < best.size(); ++s) {
    lost += best[s] - mine[s];
    range += best[s] - random[s];
  }
  return lost / range;
}

// Random rewards, masks and transitions, a few of which end the episode. The state is in the
// globals, a candidate's number in its features.
inline Mdp any_mdp(unsigned seed) {
  Mdp m;
  m.states = m.globals = 6;
  m.slots = m.features = 3;
  m.allocate();
  std::mt19937 random(seed);
  const auto unit = [&] { return static_cast<double>(random()) / 4294967296.0; };
  for (int s = 0; s < m.states; ++s) {
    float* obs = m.obs.data() + s * m.width();
    obs[s] = 1;
    const double pays = 2 * unit() - 1;
    for (int a = 0; a < m.actions(); ++a) {
      const bool none = a == m.slots;
      m.mask[m.at(s, a)] = none || random() % 4 != 0 ? 1 : 0;
      if (!none && m.allowed(s, a)) obs[m.globals + a * m.features + a] = 1;
      m.reward[m.at(s, a)] = static_cast<float>(pays + 0.5 * unit());
      double total = 0;
      for (int t = 0; t < m.states; ++t)
        total += m.successors(s, a)[t] = std::pow(-std::log(1 - unit()), 3);
      for (int t = 0; t < m.states; ++t) m.successors(s, a)[t] *= 0.97 / total;
    }
  }
  return m;
}

// The first from `seed` on that no rounding decides and in which the largest reward of each state
// is not the best: looking ahead pays.
inline Mdp random_mdp(unsigned seed, double gamma) {
  for (;; ++seed) {
    const Mdp m = any_mdp(seed);
    if (optimum(m, gamma).gap < 0.15) continue;
    std::vector<int32_t> greedy(static_cast<size_t>(m.states), m.slots);
    for (int s = 0; s < m.states; ++s)
      for (int a = 0; a < m.slots; ++a)
        if (m.allowed(s, a) &&
            m.reward[m.at(s, a)] > m.reward[m.at(s, greedy[static_cast<size_t>(s)])])
          greedy[static_cast<size_t>(s)] = a;
    if (regret(m, greedy, gamma) > 0.2) return m;
  }
}

// Two classes of jobs at one server, at most kQueueCap of each. In a tick a job of class k arrives
// with probability arrival[k]; serving class k finishes one of its jobs with probability rate[k];
// each waiting job costs cost[k]. The best is to serve the class with the larger cost x rate (the
// c-mu rule; Buyukkoc, Varaiya and Walrand 1985), here class 1, although a job of class 0 costs
// more.
inline constexpr int kQueueCap = 5;
inline Mdp queue_mdp() {
  constexpr double kArrival[] = {0.08, 0.25}, kRate[] = {0.2, 0.9}, kCost[] = {1.0, 0.5};
  constexpr int kSide = kQueueCap + 1;
  Mdp m;
  m.states = kSide * kSide;
  m.slots = 2;
  m.globals = 1;
  m.features = 3;
  m.allocate();
  for (int s = 0; s < m.states; ++s) {
    const int n[] = {s / kSide, s % kSide};
    float* obs = m.obs.data() + s * m.width();
    obs[0] = 1;
    for (int k = 0; k < 2; ++k) {
      float* candidate = obs + 1 + k * 3;
      candidate[0] = static_cast<float>(n[k]) / kQueueCap;
      candidate[1] = static_cast<float>(kCost[k]);
      candidate[2] = static_cast<float>(kRate[k]);
    }
    for (int a = 0; a < m.actions(); ++a) {
      m.mask[m.at(s, a)] = a == 2 || n[a] > 0 ? 1 : 0;
      if (!m.allowed(s, a)) continue;
      m.reward[m.at(s, a)] = static_cast<float>(-(n[0] * kCost[0] + n[1] * kCost[1]) / 5);
      for (int served = 0; served < 2; ++served)
        for (int arrived = 0; arrived < 4; ++arrived) {
          double p = a == 2 ? 1.0 - served : (served ? kRate[a] : 1 - kRate[a]);
          int after[2];
          for (int k = 0; k < 2; ++k) {
            const int come = arrived >> k & 1;
            p *= come ? kArrival[k] : 1 - kArrival[k];
            after[k] = std::min(kQueueCap, n[k] - (a == k ? served : 0) + come);
          }
          m.successors(s, a)[after[0] * kSide + after[1]] += p;
        }
    }
  }
  return m;
}

}  // namespace cusched
