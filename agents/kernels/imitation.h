// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>

#include "agents/kernels/gae.h"
#include "agents/kernels/member.h"
#include "agents/kernels/optimiser.h"
#include "agents/kernels/policy_loss.h"
#include "agents/kernels/schedule.h"
#include "cuda/team.h"

namespace cusched {

// What a heuristic would do is a label 0..K of a decision; this one: it has none.
inline constexpr int32_t kNoLabel = -1;
// Whether a policy's best action is the label, of decisions with more than one allowed action that
// it came to by itself.
enum class Agreement : uint8_t { kNotAsked, kNo, kYes };

// Share of the lanes that the policy plays in iteration i of an imitation, in quarters; the
// heuristic plays the others (DAgger, Ross et al. 2011). Which ones they are moves on.
CUSCHED_HD bool policy_plays(int64_t iteration, int64_t env) {
  return (iteration + env) % 4 < (iteration < 3 ? iteration : 3);
}

// After the policy chose: whether it agrees with the labels and, while it imitates, the heuristic's
// actions for the lanes that the heuristic plays. Row r is lane lane0 + r.
struct CompareWithLabels {
  const float* logits;   // (rows, A)
  const uint8_t* mask;   // (P, E, A) of this step
  const int32_t* label;  // (P, E)
  int32_t* action;       // (P, E)
  Agreement* agreement;  // (P, E)
  const Counters* counters;
  int64_t lane0;
  int envs, actions;
  bool mixed;  // the heuristic plays some lanes

  CUSCHED_HD void operator()(int64_t r) const {
    const int64_t lane = lane0 + r;
    const int32_t wanted = label[lane];
    const bool own = !mixed || policy_plays(counters->iteration, lane % envs);
    agreement[lane] = Agreement::kNotAsked;
    if (wanted == kNoLabel) return;
    if (own) {
      if (forced(mask + lane * actions)) return;
      agreement[lane] = best(logits + r * actions, mask + lane * actions) == wanted
                            ? Agreement::kYes
                            : Agreement::kNo;
    } else {
      action[lane] = wanted;
    }
  }

 private:
  // Whether there is nothing to choose: agreeing is no merit.
  CUSCHED_HD bool forced(const uint8_t* allowed) const {
    int count = 0;
    for (int a = 0; a < actions; ++a) count += allowed[a] != 0 ? 1 : 0;
    return count < 2;
  }
  // Masked argmax, the lowest index on ties.
  CUSCHED_HD int best(const float* row, const uint8_t* allowed) const {
    int chosen = -1;
    for (int a = 0; a < actions; ++a)
      if (allowed[a] != 0 && (chosen < 0 || row[a] > row[chosen])) chosen = a;
    return chosen;
  }
};

// Cross-entropy of a policy p to the distribution q that gives the label 1 - smoothing and shares
// the rest among the other allowed actions:
//   L = -sum_a q_a log p_a,    dL / d z_a = p_a - q_a.
// Its minimum is p = q: a policy that still explores. Returns L; adds weight times the gradient to
// `dlogits`.
template <class S>
CUSCHED_HD S imitation_loss(const S* logits, const uint8_t* mask, int actions, int label,
                            S smoothing, S weight, S* dlogits) {
  const MaskedSoftmax<S> softmax(logits, mask, actions);
  int others = -1;
  for (int a = 0; a < actions; ++a) others += softmax.allowed(a) ? 1 : 0;
  const S rest = others > 0 ? smoothing / static_cast<S>(others) : S(0);
  const S top = others > 0 ? S(1) - smoothing : S(1);
  const S log_total = std::log(softmax.total);
  S loss = 0;
  for (int a = 0; a < actions; ++a) {
    if (!softmax.allowed(a)) continue;
    const S q = a == label ? top : rest;
    loss -= q * (logits[a] - softmax.top - log_total);
    dlogits[a] += weight * (softmax.weight(a) / softmax.total - q);
  }
  return loss;
}

// Rows of a gradient step whose labels are imitated. Row = m * rows + r of the call; member =
// member0 + m.
struct LabelledRows {
  const uint8_t* mask;                // (T, P, E, A)
  const int32_t* label;               // (T, P, E)
  const PolicySample<float>* sample;  // (T, P, E); null: all are used
  const int32_t* index;               // (P, plan.rows): storage rows, -1 for padding
  const Counters* counters;
  StepPlan plan;
  int64_t rows, first;  // this call's rows are first .. first + rows - 1
  int member0, actions;
  float smoothing;

  CUSCHED_HD int64_t member(int64_t i) const { return member0 + i / rows; }
  // Storage row of a sample, -1 where there is none to learn from.
  CUSCHED_HD int64_t at(int64_t i) const {
    const int64_t row = index[member(i) * plan.rows + first + i % rows];
    const bool used = row >= 0 && (sample == nullptr || sample[row].action != kUnusedSample);
    return used ? row : -1;
  }
  CUSCHED_HD float weight() const { return 1.0f / static_cast<float>(plan.valid(*counters)); }
  CUSCHED_HD float add(int64_t i, int64_t row, const float* logits, float coefficient,
                       float* dlogits) const {
    return imitation_loss(logits + i * actions, mask + row * actions, actions, label[row],
                          smoothing, coefficient * weight(), dlogits + i * actions);
  }
};

// Terms that a loss reports of an imitated row; the loss's others are 0.
enum ImitationTerm : int { kImitationLoss, kImitationValueLoss, kImitationTerms };

// While a policy imitates: cross-entropy to the labels, and the critic's regression to returns.
struct ImitationRows {
  LabelledRows of;
  const OnPolicyParams* coefficient;  // (P)
  const float* logits;                // (M, rows, A)
  const float* value;                 // (M, rows)
  float* dlogits;                     // (M, rows, A)
  float* dvalue;                      // (M, rows)
  float* terms;                       // (M, rows, all_terms): the first two
  int all_terms;
  CUSCHED_HD void operator()(int64_t i) const {
    skip_row(dlogits + i * of.actions, of.actions, dvalue + i, terms + i * all_terms, all_terms);
    const int64_t row = of.at(i);
    if (row < 0) return;
    const float error = value[i] - of.sample[row].target;
    dvalue[i] = of.weight() * static_cast<float>(coefficient[of.member(i)].value_coef) * error;
    float* const out = terms + i * all_terms;
    out[kImitationValueLoss] = 0.5f * error * error;
    if (of.label[row] != kNoLabel) out[kImitationLoss] = of.add(i, row, logits, 1.0f, dlogits);
  }
};

// After a policy loss: adds the pull to the labels, `anchor` times the same cross-entropy. The
// divergence of the start, which is deterministic but for the smoothing, from the policy is this
// and a constant.
struct AnchorRows {
  LabelledRows of;
  const float* anchor;  // (1)
  const float* logits;  // (M, rows, A)
  float* dlogits;       // (M, rows, A)
  CUSCHED_HD void operator()(int64_t i) const {
    const int64_t row = of.at(i);
    if (row >= 0 && of.label[row] != kNoLabel) of.add(i, row, logits, *anchor, dlogits);
  }
};

// Large-margin loss of action values (Hester et al. 2018),
//   L = max_a (Q_a + margin [a != label]) - Q_label,
// and, added to `dlogits`, weight times its gradient: the value of a dueling network, and the mean
// of its advantages, are no part of it.
template <class S>
CUSCHED_HD S margin_loss(const S* q, const uint8_t* mask, int actions, int label, S margin,
                         S weight, S* dlogits) {
  int best = label;
  S top = q[label];
  for (int a = 0; a < actions; ++a)
    if (mask[a] != 0 && a != label && q[a] + margin > top) {
      top = q[a] + margin;
      best = a;
    }
  dlogits[best] += weight;
  dlogits[label] -= weight;
  return top - q[label];
}

// Of scaled rewards, whose returns have deviation 1.
inline constexpr float kMargin = 0.1f;

// The margin loss of rows with labels, as the only one of a pass.
struct MarginRows {
  LabelledRows of;
  const float* anchor;  // (1): its coefficient; null: 1
  const float* logits;  // (M, rows, A)
  float* dlogits;       // (M, rows, A)
  CUSCHED_HD void operator()(int64_t i) const {
    float* const out = dlogits + i * of.actions;
    for (int a = 0; a < of.actions; ++a) out[a] = 0;
    const int64_t row = of.at(i);
    if (row < 0 || of.label[row] == kNoLabel) return;
    const float weight = anchor != nullptr ? *anchor * of.weight() : of.weight();
    margin_loss(logits + i * of.actions, of.mask + row * of.actions, of.actions, of.label[row],
                kMargin, weight, out);
  }
};

// What follows the training's progress after an imitation.
struct AnchorSchedule {
  const double* begin;   // (1): share of the training that lay behind when the imitation ended
  const double* rate;    // (P): learning rates
  MemberParams* params;  // (P): their rates are set
  float* anchor;         // (1)
  Progress progress;
  double share, ramp;  // of the training: until the anchor is 0; until the rate is whole
  float first_anchor;

  static constexpr double kFirstRate = 0.1;  // of the rate, at the begin of the ramp
  CUSCHED_HD void operator()(int64_t p) const {
    // A resume with more time has done less of it.
    const double since = progress.done() - *begin, passed = since > 0 ? since : 0;
    const double up = ramp > 0 && passed < ramp ? passed / ramp : 1.0;
    params[p].learning_rate = rate[p] * (kFirstRate + (1 - kFirstRate) * up);
    const double left = share > 0 && passed < share ? 1 - passed / share : 0.0;
    if (p == 0) *anchor = first_anchor * static_cast<float>(left);
  }
};

// Statistics of a warm start.
enum WarmStat : int { kStatAgreement, kStatAnchor, kWarmStats };
inline constexpr const char* kWarmStatNames[kWarmStats] = {"agreement", "anchor"};

// Share of a rollout's own decisions in which the policy's best action was the label (0 where there
// was none), and the anchor. Team = member; `stats` (P, width) at the first of them.
struct WriteWarmStats {
  const Agreement* agreement;  // (T, P, E)
  const float* anchor;         // (1)
  float* stats;
  int width;
  int64_t steps, lanes, envs;
  template <class Team>
  CUSCHED_HD void operator()(const Team& team, int64_t p) const {
    const Sums<2> total = team.sum(steps * envs, [&](int64_t i) {
      const Agreement a = agreement[i / envs * lanes + p * envs + i % envs];
      return Sums<2>{{a == Agreement::kYes ? 1.0 : 0.0, a != Agreement::kNotAsked ? 1.0 : 0.0}};
    });
    team.once([&] {
      float* const out = stats + p * width;
      out[kStatAgreement] = total.v[1] > 0 ? static_cast<float>(total.v[0] / total.v[1]) : 0.0f;
      out[kStatAnchor] = *anchor;
    });
  }
};

// What an optimiser knows of the gradients of an imitation says nothing of those that follow.
struct ForgetSteps {
  MemberState* state;
  CUSCHED_HD void operator()(int64_t p) const { state[p].optimiser_step = 0; }
};

}  // namespace cusched
