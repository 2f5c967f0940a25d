// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>

#include "agents/kernels/categorical.h"
#include "agents/kernels/optimiser.h"
#include "agents/kernels/replay.h"

namespace cusched {

// What a sample adds to a member's statistics.
enum TdTerm : int { kTdLoss, kTdError, kTdValue, kTdTerms };
inline constexpr const char* kTdTermNames[kTdTerms] = {"td_loss", "td_error", "q_mean"};

// Action values of one row. The mask is read by dueling rows and best() alone. A plain network's
// logits are Q; a dueling one's are advantages A beside a value V: Q_a = V + A_a - mean of A over
// the allowed actions (Wang et al. 2016, masked).
template <class S>
struct QRow {
  const S* logits;      // (A)
  const uint8_t* mask;  // (A)
  int actions;
  S base = 0;     // what Q_a adds to logit a
  int count = 0;  // allowed actions, of a dueling row

  CUSCHED_HD QRow(const S* logits_in, const uint8_t* mask_in, int actions_in)
      : logits(logits_in), mask(mask_in), actions(actions_in) {}
  CUSCHED_HD QRow(const S* logits_in, const uint8_t* mask_in, int actions_in, S value)
      : QRow(logits_in, mask_in, actions_in) {
    S sum = 0;
    for (int a = 0; a < actions; ++a) {
      sum += mask[a] != 0 ? logits[a] : S(0);
      count += mask[a] != 0;
    }
    base = count > 0 ? value - sum / static_cast<S>(count) : value;
  }
  CUSCHED_HD S q(int a) const { return logits[a] + base; }
  // Masked argmax, the lowest index on ties; the last action where none is allowed.
  CUSCHED_HD int best() const {
    int chosen = actions - 1;
    S top = static_cast<S>(kMaskedLogit);
    bool any = false;
    for (int a = 0; a < actions; ++a) {
      if (mask[a] == 0 || (any && !(logits[a] > top))) continue;
      any = true;
      top = logits[a];
      chosen = a;
    }
    return chosen;
  }
};

// Huber's loss of a TD error with threshold `huber`, or half its square where that is 0.
template <class S>
CUSCHED_HD S huber_loss(S error, S huber) {
  const S size = error < 0 ? -error : error;
  return huber > 0 && size > huber ? huber * (size - S(0.5) * huber) : S(0.5) * error * error;
}
template <class S>
CUSCHED_HD S huber_slope(S error, S huber) {
  if (!(huber > 0)) return error;
  return error > huber ? huber : (error < -huber ? -huber : error);
}

// Loss weight * huber(Q_action - target) of one row: its gradient with respect to the logits and,
// where `dvalue` is given (dueling), the value. `terms` are not weighted. Returns the TD error.
template <class S>
CUSCHED_HD S td_loss(const QRow<S>& row, int action, S target, S huber, S weight, S* dlogits,
                     S* dvalue, S* terms) {
  const S error = row.q(action) - target, slope = weight * huber_slope(error, huber);
  const S shared = row.count > 0 ? slope / static_cast<S>(row.count) : S(0);
  for (int a = 0; a < row.actions; ++a)
    dlogits[a] = (a == action ? slope : S(0)) - (row.count > 0 && row.mask[a] != 0 ? shared : S(0));
  if (dvalue != nullptr) *dvalue = slope;
  terms[kTdLoss] = huber_loss(error, huber);
  terms[kTdError] = error < 0 ? -error : error;
  terms[kTdValue] = row.q(action);
  return error;
}

// Rows first .. first + rows - 1 of each member's minibatch of `samples` samples. Index of the
// functors = m * rows + r; member = member0 + m.
struct TdRows {
  const uint8_t* mask;        // (storage rows, A) of the replay
  const int32_t* index;       // (P, samples)
  const int32_t* next_index;  // (P, samples): -1: nothing follows
  int64_t rows, first, samples;
  int member0, actions;
  CUSCHED_HD int64_t at(int64_t i) const {
    return (member0 + i / rows) * samples + first + i % rows;
  }
  CUSCHED_HD const uint8_t* mask_of(const int32_t* rows_of, int64_t i) const {
#if !CUSCHED_DEVICE_CODE
    constexpr int64_t kAhead = 8;  // samples lie anywhere in memory
    if (i % rows + kAhead < rows && rows_of[at(i) + kAhead] >= 0)
      __builtin_prefetch(mask + int64_t{rows_of[at(i) + kAhead]} * actions);
#endif
    return mask + int64_t{rows_of[at(i)]} * actions;
  }
  // Row i of `logits` and, dueling, `value`; `rows_of` is null where the mask is not read: it costs
  // a line of memory that nothing else wants.
  CUSCHED_HD QRow<float> q_row(const float* logits, const float* value, const int32_t* rows_of,
                               int64_t i) const {
    const uint8_t* const allowed = rows_of != nullptr ? mask_of(rows_of, i) : nullptr;
    const float* const row = logits + i * actions;
    return value != nullptr ? QRow<float>(row, allowed, actions, value[i])
                            : QRow<float>(row, allowed, actions);
  }
};

// The action whose target value counts, chosen by the online network (double DQN, van Hasselt et
// al. 2016).
struct ChooseNext {
  TdRows of;
  const float* logits;   // (M, rows, A) of the next observations, online
  int32_t* next_action;  // (P, samples)
  CUSCHED_HD void operator()(int64_t i) const {
    const int64_t at = of.at(i);
    if (of.next_index[at] < 0) return;
    next_action[at] =
        QRow<float>(logits + i * of.actions, of.mask_of(of.next_index, i), of.actions).best();
  }
};

// target = reward + discount * Q of the next observation, masked everywhere.
struct TdTargets {
  TdRows of;
  const TdSample* sample;      // (P, samples)
  const float* logits;         // (M, rows, A) of the next observations, target network
  const float* value;          // (M, rows): dueling, else null
  const int32_t* next_action;  // (P, samples), or null: the target's own best
  float* target;               // (P, samples)
  CUSCHED_HD void operator()(int64_t i) const {
    const int64_t at = of.at(i);
    float next = 0;
    if (of.next_index[at] >= 0) {
      const bool masked = value != nullptr || next_action == nullptr;
      const QRow<float> q = of.q_row(logits, value, masked ? of.next_index : nullptr, i);
      next = q.q(next_action != nullptr ? next_action[at] : q.best());
    }
    target[at] = sample[at].reward + sample[at].discount * next;
  }
};

struct TdLossRows {
  TdRows of;
  const TdSample* sample;  // (P, samples)
  const float* target;     // (P, samples)
  const float* huber;      // (P)
  const float* logits;     // (M, rows, A)
  const float* value;      // (M, rows): dueling, else null
  float* dlogits;          // (M, rows, A)
  float* dvalue;           // (M, rows)
  float* terms;            // (M, rows, kTdTerms)
  float* td_error;         // (P, samples), or null
  CUSCHED_HD void operator()(int64_t i) const {
    const int64_t at = of.at(i);
    const QRow<float> q = of.q_row(logits, value, value != nullptr ? of.index : nullptr, i);
    const float error =
        td_loss(q, sample[at].action, target[at], huber[of.member0 + i / of.rows],
                sample[at].weight / static_cast<float>(of.samples), dlogits + i * of.actions,
                value != nullptr ? dvalue + i : nullptr, terms + i * kTdTerms);
    if (td_error != nullptr) td_error[at] = error;
  }
};

// target = (1 - tau) target + tau online after every `every` gradient steps; tau = 1 copies. A
// launch of its own, after the optimiser and before AdvanceDraws. Row = p, column = parameter.
struct UpdateTarget {
  const float* online;  // (P, n)
  float* target;        // (P, n)
  const float* tau;     // (P)
  const ReplayCounters* counters;
  int64_t n, every;
  CUSCHED_HD void operator()(int64_t p, int64_t j) const {
    if ((counters->draws + 1) % every != 0) return;
    move(tau[p], p * n + j);
  }
  CUSCHED_HD void move(float t, int64_t i) const {
    target[i] = t == 1.0f ? online[i] : (1 - t) * target[i] + t * online[i];
  }
  void whole_row(int64_t p) const {
    if ((counters->draws + 1) % every != 0) return;
    const float t = tau[p];
    for (int64_t j = 0; j < n; ++j) move(t, p * n + j);
  }
};

}  // namespace cusched
