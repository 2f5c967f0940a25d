// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "envs/workload/trace.h"

// Which windows of a trace are played, and which jobs run when one begins.
namespace cusched {

// Fewer jobs are not divided: all parts are the whole trace.
inline constexpr int64_t kFewestJobsToSplit = 10;

// `length`: of the windows, if the user chose one; the validation part then has one at least, where
// there is room.
TraceSplit split_trace(int64_t jobs, double split_share, int64_t length);

// The windows of a trace of `jobs` jobs, all settings at auto decided.
struct TraceWindows {
  TracePart part = TracePart::kAll;
  int64_t length = 0;            // jobs
  std::vector<JobRange> ranges;  // in which they lie
  std::vector<int64_t> starts;   // one after the other; empty: drawn
  TraceSplit split;              // empty: the trace has no parts
  std::vector<std::string> notes;
};
// kAutoLength: a sixth of the part held-out, from 100 to 500 jobs, and not more than the smallest
// part (or range) has. Throws InputError where a window does not lie in its part; fixed starts and
// ranges are not checked.
TraceWindows trace_windows(int64_t jobs, const TraceWindow& window, const std::string& file);

// First jobs of `count` windows spread evenly over the ranges, side by side where there is room.
std::vector<int64_t> deal_windows(const std::vector<JobRange>& ranges, int64_t length,
                                  int64_t count);

// Rows that may run on when a window begins, as if each job had started when it was submitted. A
// block of rows has one list, so that memory grows with the blocks (about a thousand): a window
// that begins in block b starts with those of list b and of rows from b * block on that run on at
// its first submit. A list has at most kMostWarmUp rows, those that were submitted first.
inline constexpr int64_t kMostWarmUp = 4096;
struct WarmUpRows {
  std::vector<int32_t> rows, begin;  // list b: rows[begin[b]..begin[b + 1])
  int32_t block = 0;                 // rows of a block
  int64_t most = 0;                  // most jobs that run on at a first job of `ranges`
};
WarmUpRows warm_up_rows(const Trace& trace, const std::vector<JobRange>& ranges, int64_t length);

}  // namespace cusched
