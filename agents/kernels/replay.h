// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "agents/kernels/member.h"
#include "agents/kernels/returns.h"
#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/stream_ids.h"

namespace cusched {

// A step of a lane as a minibatch reads it: one piece, because samples lie anywhere in memory.
struct ReplayStep {
  float reward;  // raw
  int32_t elapsed_s;
  int32_t action;
  int32_t end;  // kStepRuns, kStepTerminates, kStepCut, or the number of its final observation
};
// kStepCut: truncated, and its final observation found no row.
inline constexpr int32_t kStepRuns = -1, kStepTerminates = -2, kStepCut = -3;

// What numbers a replay's times and draws. On the device, saved.
struct ReplayCounters {
  int64_t head;   // steps of each lane ever stored: the newest observation is that of time `head`
  int64_t draws;  // minibatches ever drawn
};

// A ring over time. Time t lies in ring row t % rows; row r of lane l is storage row r * lanes + l.
// A transition of time t ends in the observation of t + 1, which is stored once, so the newest
// `rows` - 1 transitions are whole. A truncated episode's last transition ends in a final
// observation: lane l's k-th ever lies in storage row (rows + k % final_rows) * lanes + l. A return
// whose final observation has no row, or has it no more, is cut before that transition.
struct ReplayView {
  float* obs;        // (rows + final_rows, P, E, D), raw
  uint8_t* mask;     // (rows + final_rows, P, E, A)
  ReplayStep* step;  // (rows, P, E)
  int64_t* finals;   // (P, E): final observations ever stored
  ReplayCounters* counters;
  int64_t rows, final_rows, lanes;
  int envs;

  CUSCHED_HD int64_t oldest() const {
    const int64_t t = counters->head - (rows - 1);
    return t > 0 ? t : 0;
  }
  // Times oldest() .. oldest() + count - 1 can be sampled: `n_step` steps from there are stored.
  CUSCHED_HD int64_t sampleable(int n_step) const {
    const int64_t count = counters->head - n_step + 1 - oldest();
    return count > 0 ? count : 0;
  }
};

// Copies observations or masks of a rollout, (T + 1, L, width), behind the head. Row = t * L +
// lane.
template <class V>
struct StoreRows {
  const V* from;
  V* to;
  ReplayView replay;
  int64_t width;
  CUSCHED_HD bool known(int64_t row) const {  // the rollout began where the last one ended
    return row < replay.lanes && replay.counters->head > 0;
  }
  CUSCHED_HD V* target(int64_t row) const {
    const int64_t time = replay.counters->head + row / replay.lanes;
    return to + (time % replay.rows * replay.lanes + row % replay.lanes) * width;
  }
  CUSCHED_HD void operator()(int64_t row, int64_t column) const {
    if (!known(row)) target(row)[column] = from[row * width + column];
  }
  void whole_row(int64_t row) const {
    if (known(row)) return;
    V* __restrict const out = target(row);
    for (int64_t c = 0; c < width; ++c) out[c] = from[row * width + c];
  }
};

// The same for final observations or their masks, (L, rollout_rows, width). Row = lane *
// rollout_rows + k.
template <class V>
struct StoreFinalRows {
  const V* from;
  V* to;
  const int32_t* final_count;  // (L)
  ReplayView replay;
  int64_t rollout_rows, width;
  CUSCHED_HD V* target(int64_t row) const {
    const int64_t lane = row / rollout_rows, k = row % rollout_rows;
    if (k >= final_count[lane]) return nullptr;
    const int64_t slot = (replay.finals[lane] + k) % replay.final_rows;
    return to + ((replay.rows + slot) * replay.lanes + lane) * width;
  }
  CUSCHED_HD void operator()(int64_t row, int64_t column) const {
    V* const out = target(row);
    if (out != nullptr) out[column] = from[row * width + column];
  }
  void whole_row(int64_t row) const {
    V* const out = target(row);
    for (int64_t c = 0; out != nullptr && c < width; ++c) out[c] = from[row * width + c];
  }
};

// The steps of a rollout. Index = t * L + lane.
struct StoreSteps {
  const int32_t* action;
  const float* reward;
  const uint8_t* done;
  const int32_t *elapsed_s, *final_index;  // (T, L)
  ReplayView replay;
  CUSCHED_HD void operator()(int64_t i) const {
    const int64_t lane = i % replay.lanes, time = replay.counters->head + i / replay.lanes;
    int32_t end = done[i] == 1 ? kStepTerminates : kStepRuns;
    if (done[i] == 2)
      end = final_index[i] < 0 ? kStepCut
                               : static_cast<int32_t>(replay.finals[lane] + final_index[i]);
    replay.step[time % replay.rows * replay.lanes + lane] = {reward[i], elapsed_s[i], action[i],
                                                             end};
  }
};

// After the others: what was stored counts. Index = lane.
struct EndStore {
  const int32_t* final_count;  // (L)
  ReplayView replay;
  int64_t steps;
  CUSCHED_HD void operator()(int64_t lane) const {
    replay.finals[lane] += final_count[lane];
    if (lane == 0) replay.counters->head += steps;
  }
};

// What the loss of a sample needs besides its observation and mask.
struct TdSample {
  int32_t action;
  float reward;    // discounted sum of up to n scaled rewards
  float discount;  // of what follows; 0 after a termination
  float weight;    // importance weight
};

// Random numbers of sample r of the running minibatch.
CUSCHED_HD Philox4 replay_draw(const ReplayCounters& counters, uint32_t seed, uint32_t member,
                               int64_t r) {
  const RngKey key{seed, member, static_cast<uint32_t>(r),
                   static_cast<uint32_t>(counters.draws >> 32)};
  return draw4(key, kStreamReplay, static_cast<uint32_t>(counters.draws));
}

// A minibatch of each member, uniform over what can be sampled, with replacement. Index = p *
// samples + r.
struct SampleUniform {
  ReplayView replay;
  int32_t* index;  // (P, samples): storage rows
  TdSample* sample;
  int64_t samples;
  uint32_t seed;
  int member_offset, n_step;
  CUSCHED_HD void operator()(int64_t i) const {
    const int64_t p = i / samples, r = i % samples;
    const Philox4 bits =
        replay_draw(*replay.counters, seed, static_cast<uint32_t>(member_offset + p), r);
    const int64_t time =
        replay.oldest() + bounded(bits.v[0], static_cast<uint32_t>(replay.sampleable(n_step)));
    const int64_t env = bounded(bits.v[1], static_cast<uint32_t>(replay.envs));
    index[i] = static_cast<int32_t>(time % replay.rows * replay.lanes + p * replay.envs + env);
    sample[i].weight = 1;
  }
};

// Up to n rewards from a sampled step on, and where they lead: after n steps, or to the final
// observation of a truncated episode, or nowhere (-1) where the episode terminates. A return that
// is cut leads to the observation before the cut; a sample that is cut at once gets no weight.
struct GatherReturns {
  ReplayView replay;
  const MemberParams* params;  // (P)
  const MemberState* state;    // (P): reward scale
  const int32_t* index;        // (P, samples)
  int32_t* next_index;         // (P, samples)
  TdSample* sample;            // (P, samples): all but the weight, unless it is 0
  int64_t samples;
  int n_step;
  bool by_time;

  CUSCHED_HD void operator()(int64_t i) const {
    const int64_t p = i / samples, r = i % samples, lane = index[i] % replay.lanes;
    int64_t row = index[i] / replay.lanes;
#if !CUSCHED_DEVICE_CODE
    constexpr int64_t kAhead = 8;
    if (r + kAhead < samples)
      for (int64_t k = 0, at = index[i + kAhead]; k < n_step; ++k, at += replay.lanes)
        __builtin_prefetch(replay.step + at);
#endif
    (void)r;
    const MemberParams& member = params[p];
    TdSample& out = sample[i];
    out.action = replay.step[index[i]].action;
    float total = 0, discount = 1;
    int64_t next = -1;
    for (int k = 0; k < n_step; ++k) {
      const ReplayStep step = replay.step[row * replay.lanes + lane];
      if (cut(step, lane)) {
        next = k > 0 ? row * replay.lanes + lane : -1;
        if (k == 0) out.weight = 0;
        break;
      }
      total += discount * scaled_reward(member, state[p], step.reward);
      discount *= step_discount(member, by_time, step.elapsed_s);
      row = row + 1 == replay.rows ? 0 : row + 1;
      next = row * replay.lanes + lane;
      if (step.end == kStepRuns) continue;
      next = step.end < 0 ? -1 : (replay.rows + step.end % replay.final_rows) * replay.lanes + lane;
      break;
    }
    out.reward = total;
    out.discount = next < 0 ? 0.0f : discount;
    next_index[i] = static_cast<int32_t>(next);
  }

 private:
  // Whether the step's final observation is not there, or was overwritten by a later one.
  CUSCHED_HD bool cut(const ReplayStep& step, int64_t lane) const {
    return step.end == kStepCut ||
           (step.end >= 0 && replay.finals[lane] - step.end > replay.final_rows);
  }
};

// After a minibatch: the next one draws anew.
struct AdvanceDraws {
  ReplayCounters* counters;
  CUSCHED_HD void operator()(int64_t) const { counters->draws += 1; }
};

}  // namespace cusched
