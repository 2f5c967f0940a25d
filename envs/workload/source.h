// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <type_traits>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/job.h"
#include "envs/stream_ids.h"
#include "envs/workload/augment.h"
#include "envs/workload/source_view.h"

namespace cusched {

inline constexpr int32_t kNoMoreJobs = 0x7fffffff;  // source_next_submit() of an exhausted stream

// Where a stream of jobs stands: part of a lane's state, hashed and copied byte by byte.
// `clock_q16` already is the arrival of the next job, so its submit time costs no draw and no
// memory read.
struct SourceState {
  int64_t clock_q16;  // next arrival, 2^-16 s: after midnight of day 0, or a trace window's start
  int32_t next;       // id of the next job
  int32_t first;      // trace: row of the window's first job
  int32_t remaining;  // jobs still to come
  int32_t origin_s;   // generators: second of the day at which the episode starts
};
static_assert(sizeof(SourceState) == 24 && std::has_unique_object_representations_v<SourceState>,
              "the state is stored and hashed as bytes");

// Submit time of the next job, s after the episode's origin, or kNoMoreJobs.
CUSCHED_HD int32_t source_next_submit(const SourceState& state) {
  if (state.remaining <= 0) return kNoMoreJobs;
  const int64_t submit = (state.clock_q16 >> 16) - state.origin_s;
  return submit < kNoMoreJobs ? static_cast<int32_t>(submit) : kNoMoreJobs;
}

// Absolute time of the episode's origin, s: a trace window's first submit, or the second of the day
// (0..86399). Hour of the day of time t: (origin + t) / 3600 % 24.
CUSCHED_HD int64_t source_origin(const SourceView& view, const SourceState& state) {
  return view.kind == SourceKind::kTrace ? view.trace.submit[state.first] : state.origin_s;
}

// Row at which the window of this episode starts: fixed starts are dealt by environment and episode
// in turn, others drawn uniformly over all allowed ones.
CUSCHED_HD int32_t trace_start(const TraceView& trace, const RngKey& key) {
  if (trace.start_count > 0) {
    const uint64_t turn = uint64_t{key.env} + key.episode;
    return trace.starts[turn % static_cast<uint32_t>(trace.start_count)];
  }
  const Philox4 draw = draw4(key, kStreamEpisodeStart, 0);
  int32_t start =
      static_cast<int32_t>(bounded(draw.v[0], static_cast<uint32_t>(trace.total_starts)));
  int range = 0;
  while (range + 1 < trace.range_count && start >= trace.ranges[range].starts) {
    start -= trace.ranges[range].starts;
    ++range;
  }
  return trace.ranges[range].begin + start;
}

// Starts an episode's stream: a random full hour for generators, a window for traces. One draw of
// kStreamEpisodeStart (v[0]) and, for generators, the first arrival's.
CUSCHED_HD void source_begin(const SourceView& view, const RngKey& key, SourceState& state) {
  state.next = 0;
  if (view.kind == SourceKind::kTrace) {
    state.first = trace_start(view.trace, key);
    state.remaining = view.trace.length;
    state.origin_s = 0;
    state.clock_q16 = 0;
    return;
  }
  const Philox4 draw = draw4(key, kStreamEpisodeStart, 0);
  state.first = 0;
  state.remaining = view.job_limit > 0 ? view.job_limit : kNoMoreJobs;
  state.origin_s = static_cast<int32_t>(bounded(draw.v[0], 24)) * 3600;
  state.clock_q16 =
      next_arrival(view.arrivals, key, int64_t{state.origin_s} << 16, state.origin_s, 0);
}

// Next job in order of submit time; ids 0, 1, 2, ... False when the stream is exhausted (windows of
// a trace, a job limit, 68 years).
CUSCHED_HD bool source_next(const SourceView& view, const RngKey& key, SourceState& state,
                            Job* job) {
  const int32_t submit = source_next_submit(state);
  if (submit == kNoMoreJobs) return false;
  const int32_t index = state.next++;
  --state.remaining;
  if (view.kind == SourceKind::kTrace) {
    const int64_t row = int64_t{state.first} + index;
    if (view.augment.on) {
      const AugmentedWindow window{view, key, state.first};
      *job = window.job(index);
      if (state.remaining > 0) state.clock_q16 = window.arrival(index + 1, state.clock_q16);
    } else {
      *job = view.trace.rows[row];
      if (state.remaining > 0)
        state.clock_q16 = (view.trace.submit[row + 1] - view.trace.submit[state.first]) << 16;
    }
  } else {
    if (view.kind == SourceKind::kMix) {
      const int32_t hour = static_cast<int32_t>((state.clock_q16 >> 16) % kDaySeconds) / 3600;
      draw_mix_job(view.mix, view.common, key, index, hour, job);
    } else {
      draw_lublin_job(view.lublin, view.common, key, index, job);
    }
    state.clock_q16 = next_arrival(view.arrivals, key, state.clock_q16, state.origin_s, index + 1);
  }
  job->id = index;
  job->submit = submit;
  return true;
}

}  // namespace cusched
