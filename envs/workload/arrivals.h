// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/stream_ids.h"
#include "envs/workload/quantile.h"

namespace cusched {

inline constexpr int32_t kDaySeconds = 86400;
inline constexpr int64_t kLastArrivalQ16 = int64_t{0x7fffffff} << 16;  // later arrivals: no more

// When jobs arrive. Either a renewal process run at a clock that speeds up and slows down with the
// time of day (gaps are drawn from `gap`, in work units, and cost `rate` units per 2^-16 s:
// exponential gaps make it a Poisson process), or bursts at fixed times.
struct ArrivalView {
  const int64_t* gap = nullptr;   // (kQuantileTable) work units between arrivals; null: bursts
  const int64_t* rate = nullptr;  // (86400 / bucket_s) work units per 2^-16 s
  int32_t bucket_s = 3600;        // s
  int32_t burst = 1;              // jobs in a burst
  int64_t period_q16 = 0;         // 2^-16 s from burst to burst
  int64_t spacing_q16 = 0;        // 2^-16 s between the jobs of a burst
};

// First time (2^-16 s after midnight of day 0) at which `gap` units of work have passed since
// `clock`: exact piecewise inversion, rounded up to the next 2^-16 s.
CUSCHED_HD int64_t pass_work(const ArrivalView& arrivals, int64_t clock, int64_t gap) {
  while (clock < 2 * kLastArrivalQ16) {
    const int64_t second = clock >> 16;
    const int32_t of_day = static_cast<int32_t>(second % kDaySeconds);
    const int32_t bucket = of_day / arrivals.bucket_s;
    const int64_t end = (second - of_day + int64_t{bucket + 1} * arrivals.bucket_s) << 16;
    const int64_t rate = arrivals.rate[bucket];
    if (rate > 0) {
      const int64_t ticks = gap / rate + (gap % rate != 0 ? 1 : 0);
      if (ticks <= end - clock) return clock + ticks;
      gap -= (end - clock) * rate;  // below gap, so it cannot overflow
    }
    clock = end;
  }
  return clock;
}

// Arrival of job `index`, given the arrival of the job before (or the episode's origin, for job 0).
// One draw of kStreamArrival a job: v[0] is the gap.
CUSCHED_HD int64_t next_arrival(const ArrivalView& arrivals, const RngKey& key, int64_t clock,
                                int32_t origin_s, int32_t index) {
  if (arrivals.gap == nullptr) {
    return (int64_t{origin_s} << 16) + (index / arrivals.burst) * arrivals.period_q16 +
           (index % arrivals.burst) * arrivals.spacing_q16;
  }
  const Philox4 draw = draw4(key, kStreamArrival, static_cast<uint32_t>(index));
  return pass_work(arrivals, clock, quantile(arrivals.gap, draw.v[0]));
}

}  // namespace cusched
