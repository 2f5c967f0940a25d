// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/job.h"
#include "envs/stream_ids.h"
#include "envs/workload/source_view.h"

// Windows of a trace that differ from the record, for a training: counter-based draws and integers,
// so every device draws the same. Two draws of kStreamAugment an episode (0: load, gaps, model;
// 1: order of the tenants) and one of kStreamAugmentJob a job (size, run time, gap, row).
namespace cusched {

// What an episode does with its jobs.
struct EpisodeAugment {
  uint32_t load_q16 = 65536;  // gaps are divided by it
  bool gaps = false;          // drawn from the window's
  bool model = false;         // its jobs are those of the model
};

CUSCHED_HD EpisodeAugment episode_augment(const AugmentView& augment, const RngKey& key) {
  const Philox4 draw = draw4(key, kStreamAugment, 0);
  return {augment.load_q16 + bounded(draw.v[0], augment.load_span + 1),
          draw.v[1] < augment.arrivals, draw.v[2] < augment.model};
}

// Place of `tenant` in a random order of `tenants` of them, 2..kMaxTenants: a Fisher-Yates shuffle
// of the digits of a 64-bit number.
CUSCHED_HD int permuted_tenant(const RngKey& key, int tenants, int tenant) {
  const Philox4 draw = draw4(key, kStreamAugment, 1);
  uint64_t bits = uint64_t{draw.v[0]} << 32 | draw.v[1];
  uint64_t order = 0xfedcba9876543210u;
  for (int i = tenants - 1; i > 0; --i) {
    const int j = static_cast<int>(bits % static_cast<uint32_t>(i + 1));
    bits /= static_cast<uint32_t>(i + 1);
    const uint64_t differ = (order >> (4 * i) ^ order >> (4 * j)) & 15;
    order ^= differ << (4 * i);
    order ^= differ << (4 * j);
  }
  return static_cast<int>(order >> (4 * tenant) & 15);
}

// A factor between 1 / (1 + jitter) and 1 + jitter: one bit says which side of 1.
class JitterFactor {
 public:
  CUSCHED_HD JitterFactor(uint32_t bits, uint32_t jitter_q16)
      : factor_q16_(65536 + int64_t{bounded(bits << 1, jitter_q16 + 1)}), up_(bits >> 31 != 0) {}

  // Rounded to the nearest; 1 at least, kMaxSize at most.
  CUSCHED_HD int32_t of(int32_t value) const {
    const int64_t scaled = up_ ? (value * factor_q16_ + 32768) >> 16
                               : (int64_t{value} * 65536 + factor_q16_ / 2) / factor_q16_;
    return scaled < 1 ? 1 : scaled > kMaxSize ? kMaxSize : static_cast<int32_t>(scaled);
  }

 private:
  int64_t factor_q16_;
  bool up_;
};

// Another size: a gang has more or fewer pods, a pod without GPUs asks for more or less (whole
// processors stay whole; what comes in GPUs keeps its shape). A size that the empty cluster does
// not hold is not taken.
CUSCHED_HD void jitter_size(const AugmentView& augment, const CommonView& common,
                            const JitterFactor& factor, Job* job) {
  Job sized = *job;
  if (job->pods() > 1) {
    const int pods = factor.of(job->pods());
    sized.set_pods(pods < augment.max_pods ? pods : augment.max_pods);
  } else if (job->gpus == 0 && job->cpu_milli > 0) {
    const int32_t unit = job->cpu_milli % 1000 == 0 ? 1000 : 1;
    const int64_t before = job->cpu_milli / unit;
    const int64_t now = factor.of(static_cast<int32_t>(before));
    const int64_t memory = (job->memory_mib * now + before / 2) / before;
    if (now * unit > kMaxSize || memory > kMaxSize) return;
    sized.cpu_milli = static_cast<int32_t>(now * unit);
    sized.memory_mib = static_cast<int32_t>(memory);
  }
  if (pods_that_fit(common, sized.cpu_milli, sized.memory_mib, sized.gpus,
                    augment.gpu_sets[sized.gpu_model]) >= sized.pods())
    *job = sized;
}

// A row of those in which windows may lie, drawn uniformly, of a range all but the last `spare`
// (0 or 1) of its jobs; of the window where windows have fixed starts. -1 where there is none.
CUSCHED_HD int64_t drawn_row(const TraceView& trace, int32_t first, int32_t spare, uint32_t bits) {
  if (trace.start_count > 0) {
    if (trace.length <= spare) return -1;
    return int64_t{first} + bounded(bits, static_cast<uint32_t>(trace.length - spare));
  }
  const int32_t more = trace.length - 1 - spare;  // rows of a range beside its starts
  const int64_t total = trace.total_starts + int64_t{trace.range_count} * more;
  if (total <= 0) return -1;
  int64_t row = bounded(bits, static_cast<uint32_t>(total));
  int range = 0;
  while (range + 1 < trace.range_count && row >= trace.ranges[range].starts + more) {
    row -= trace.ranges[range].starts + more;
    ++range;
  }
  return trace.ranges[range].begin + row;
}

// The stream of a window that begins in row `first`.
struct AugmentedWindow {
  const SourceView& view;
  const RngKey& key;
  int32_t first;

  CUSCHED_HD_NOINLINE Job job(int32_t index) const {
    const AugmentView& augment = view.augment;
    const Philox4 draw = draw4(key, kStreamAugmentJob, static_cast<uint32_t>(index));
    Job job{};
    if (!episode_augment(augment, key).model) {
      job = view.trace.rows[int64_t{first} + index];
    } else if (augment.lublin) {
      draw_lublin_job(view.lublin, view.common, key, index, &job);
    } else {
      job = view.trace.rows[drawn_row(view.trace, first, 0, draw.v[3])];
    }
    if (augment.jitter_q16 > 0) {
      const JitterFactor run(draw.v[1], augment.jitter_q16);
      job.run = run.of(job.run);
      job.estimate = run.of(job.estimate);
      jitter_size(augment, view.common, JitterFactor(draw.v[0], augment.jitter_q16), &job);
    }
    if (augment.users > 1)
      job.tenant = permuted_tenant(key, augment.users, job.tenant) & (kMaxTenants - 1);
    return job;
  }

  // When job `index` >= 1 arrives, 2^-16 s after the window's first submit; `clock_q16`: when the
  // one before did.
  CUSCHED_HD_NOINLINE int64_t arrival(int32_t index, int64_t clock_q16) const {
    const TraceView& trace = view.trace;
    const EpisodeAugment episode = episode_augment(view.augment, key);
    const uint32_t bits = draw4(key, kStreamAugmentJob, static_cast<uint32_t>(index)).v[2];
    int64_t gap_q16 = 0;
    if (episode.model && view.augment.lublin) {
      const int64_t of_day = (trace.submit[first] % kDaySeconds + kDaySeconds) % kDaySeconds;
      const int64_t now = clock_q16 + (of_day << 16);
      gap_q16 = next_arrival(view.arrivals, key, now, 0, index) - now;
    } else {
      int64_t row = int64_t{first} + index - 1;
      if (episode.model) {
        row = drawn_row(trace, first, 1, bits);
      } else if (episode.gaps) {
        row = int64_t{first} + bounded(bits, static_cast<uint32_t>(trace.length - 1));
      }
      if (row >= 0) gap_q16 = (trace.submit[row + 1] - trace.submit[row]) << 16;
    }
    if (gap_q16 > kLastArrivalQ16 / 2) gap_q16 = kLastArrivalQ16 / 2;  // 34 years
    const int64_t next = clock_q16 + (gap_q16 << 16) / episode.load_q16;
    return next < 2 * kLastArrivalQ16 ? next : 2 * kLastArrivalQ16;
  }
};

}  // namespace cusched
