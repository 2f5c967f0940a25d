// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/stream_ids.h"

namespace cusched {

inline constexpr float kMaskedLogit = -3.4e38f;

// Softmax over the allowed actions of one row. At least one action is allowed (none always is); a
// row without any, which padding rows have, acts as if the last one were.
template <class S>
struct MaskedSoftmax {
  const S* logits;      // (A)
  const uint8_t* mask;  // (A)
  int actions;
  S top = 0, total = 0;  // largest allowed logit; sum of exp(logit - top)

  // `weights` (A), where given, takes exp(logit - top), or 0 for a masked action.
  CUSCHED_HD MaskedSoftmax(const S* logits_in, const uint8_t* mask_in, int actions_in,
                           S* weights = nullptr)
      : logits(logits_in), mask(mask_in), actions(actions_in) {
    // Without branches on the mask, which no branch predictor could guess.
    top = static_cast<S>(kMaskedLogit);
    for (int a = 0; a < actions; ++a) {
      const S v = allowed(a) ? logits[a] : static_cast<S>(kMaskedLogit);
      top = v > top ? v : top;
    }
    for (int a = 0; a < actions; ++a) {
      const S w = weight(a);
      total += w;
      if (weights != nullptr) weights[a] = w;
    }
    if (!(total > 0)) total = 1;
  }
  CUSCHED_HD bool allowed(int a) const { return mask[a] != 0; }
  CUSCHED_HD S weight(int a) const {
    const S below = allowed(a) ? logits[a] - top : S(-80);  // exp(-80) is 0 beside exp(0)
    const S w = std::exp(below < S(-80) ? S(-80) : below);
    return allowed(a) ? w : S(0);
  }
  CUSCHED_HD S log_probability(int a) const { return logits[a] - top - std::log(total); }
};

// The action whose share of [0, 1) holds `unit`: inverse of the distribution function.
template <class S>
CUSCHED_HD int categorical_at(const MaskedSoftmax<S>& softmax, float unit) {
  const S target = static_cast<S>(unit) * softmax.total;
  S below = 0;
  int chosen = softmax.actions - 1;
  for (int a = 0; a < softmax.actions; ++a) {
    if (!softmax.allowed(a)) continue;
    chosen = a;  // rounding may leave the target above the last sum: the last allowed one then
    below += softmax.weight(a);
    if (target < below) break;
  }
  return chosen;
}

// What numbers the learner's draws: counts live on the device, so that a captured graph advances.
struct Counters {
  int64_t iteration;  // finished iterations
  int64_t minibatch;  // finished gradient steps of this iteration
  // Share of the training that lies behind, for a schedule that follows the clock.
  double done_share = 0;
};

// Share of the learning rate that a linear schedule leaves. `samples`: steps per iteration and
// member; `total_steps`: where it ends, 0: it follows Counters::done_share.
CUSCHED_HD double schedule_share(const Counters& counters, int64_t samples, double total_steps) {
  const double done = total_steps > 0
                          ? static_cast<double>(counters.iteration * samples) / total_steps
                          : counters.done_share;
  return done < 1 ? 1 - done : 0;
}

// Samples an action for each row of a rollout step. Row r is lane lane0 + r.
struct SampleActions {
  const float* logits;  // (rows, A)
  const uint8_t* mask;  // (P, E, A) of this step
  int32_t* action;      // (P, E)
  float* log_prob;      // (P, E), may be null
  const Counters* counters;
  int64_t lane0;
  int64_t step, steps;  // t and T
  uint32_t seed;
  int member_offset, envs, actions;

  CUSCHED_HD void operator()(int64_t r) const {
    const int64_t lane = lane0 + r;
    const uint64_t index = static_cast<uint64_t>(counters->iteration * steps + step);
    const RngKey key{seed, static_cast<uint32_t>(member_offset + lane / envs),
                     static_cast<uint32_t>(lane % envs), static_cast<uint32_t>(index >> 32)};
    const uint32_t bits = draw4(key, kStreamPolicySample, static_cast<uint32_t>(index)).v[0];
    const MaskedSoftmax<float> softmax(logits + r * actions, mask + lane * actions, actions);
    const int chosen = categorical_at(softmax, unit_float(bits));
    action[lane] = chosen;
    if (log_prob != nullptr) log_prob[lane] = softmax.log_probability(chosen);
  }
};

// Masked argmax, the lowest index on ties.
struct ArgmaxActions {
  const float* logits;  // (rows, A)
  const uint8_t* mask;  // (rows, A)
  int32_t* action;      // (rows)
  int actions;
  CUSCHED_HD void operator()(int64_t r) const {
    int best = 0;
    float top = kMaskedLogit;
    for (int a = 0; a < actions; ++a) {
      const float v = mask[r * actions + a] ? logits[r * actions + a] : kMaskedLogit;
      if (a == 0 || v > top) {
        top = v;
        best = a;
      }
    }
    action[r] = best;
  }
};

}  // namespace cusched
