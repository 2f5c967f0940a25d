// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "cli/statistics.h"

// Intervals of means over windows of a trace, which are no independent samples: they share jobs
// where they overlap, and a busy week lasts from one to the next.
namespace cusched {

inline constexpr int kResamples = 10000;

// Windows of an evaluation, one an episode; no starts: the episodes are no windows of a trace.
struct WindowPlaces {
  std::vector<int64_t> starts;  // first jobs, by episode
  int64_t length = 0;           // jobs of a window
};

// Consecutive windows that are drawn together, and how many of them begin before one ends.
struct Blocks {
  int block = 0;    // max(overlap, cube root of the windows); 0: no two overlap or adjoin, so that
                    // they count as independent
  int overlap = 1;  // 1: none shares a job with the next
};
Blocks blocks_of(const WindowPlaces& places);

// 95 % interval of the mean of `samples`, which stand in order of time, by the circular block
// bootstrap (Politis and Romano, "A circular block-resampling procedure for stationary data",
// 1992): kResamples means of as many samples, in blocks of consecutive ones, and their 2.5 and
// 97.5 % quantiles. These are too close where blocks are few, and where they cut through what
// windows share. So both distances from the mean are widened, with m = samples / block: by
// sqrt(m / (m - 1)); by Student's t of m - 1 degrees of freedom over the normal distribution's; by
// the root of what the variance of the mean loses by the cuts, of windows of independent jobs. Less
// than two blocks: lo and hi are NaN. The same samples give the same interval on every machine. NaN
// samples are left out.
Interval block_bootstrap(const std::vector<double>& samples, const Blocks& blocks);

// Interval of the mean of `samples`, one an episode: block_bootstrap in order of the windows where
// blocks_of says so, else Student's t.
Interval window_interval(const std::vector<double>& samples, const WindowPlaces& places);

}  // namespace cusched
