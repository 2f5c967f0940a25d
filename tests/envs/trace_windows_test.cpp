// SPDX-License-Identifier: MIT
#include "envs/workload/trace_windows.h"

#include <gtest/gtest.h>

#include "tests/envs/workload_test_util.h"

// Parts of a trace, lengths and places of its windows, and which jobs run when one begins.
namespace cusched {
namespace {

using Numbers = std::vector<int64_t>;

Numbers ends(const TraceSplit& s) {
  return {s.train.begin,    s.train.end,      s.validation.begin,
          s.validation.end, s.held_out.begin, s.held_out.end};
}

TraceWindows played(int64_t jobs, TracePart part, int64_t length = kAutoLength) {
  TraceWindow window;
  window.part = part;
  window.length = length;
  return trace_windows(jobs, window, "t.csv");
}

TEST(TraceWindows, ASplitIsByNumberOfJobs) {
  EXPECT_EQ(ends(split_trace(6000, 0.8, kAutoLength)), (Numbers{0, 4200, 4200, 4800, 4800, 6000}));
  EXPECT_EQ(ends(split_trace(10, 0.7, kAutoLength)), (Numbers{0, 6, 6, 7, 7, 10}));
  EXPECT_EQ(ends(split_trace(60, 0.8, kAutoLength)), (Numbers{0, 42, 42, 48, 48, 60}));
  EXPECT_EQ(ends(split_trace(10, 0.95, kAutoLength)), (Numbers{0, 7, 7, 9, 9, 10}));
  // A window that the user chose lies in the part for validation, too.
  EXPECT_EQ(ends(split_trace(1000, 0.8, 150)), (Numbers{0, 650, 650, 800, 800, 1000}));
}

TEST(TraceWindows, LengthsHoldSomeHundredsOfJobs) {
  EXPECT_EQ(played(6000, TracePart::kTrain).length, 200);
  EXPECT_EQ(played(1200, TracePart::kTrain).length, 100);
  EXPECT_EQ(played(100000, TracePart::kTrain).length, 500);
  EXPECT_EQ(played(600, TracePart::kTrain).length, 60);  // as many as validation has
  EXPECT_EQ(played(6000, TracePart::kAll).length, 200);
  EXPECT_EQ(played(6000, TracePart::kHeldOut, 0).length, 1200);
  EXPECT_EQ(played(6000, TracePart::kAll, 0).length, 6000);
}

TEST(TraceWindows, AFewJobsAreNotDivided) {
  const TraceWindows nine = played(9, TracePart::kHeldOut);
  EXPECT_EQ(nine.part, TracePart::kAll);
  EXPECT_EQ(nine.length, 9);
  EXPECT_EQ(nine.split.held_out.end, 0);
  EXPECT_EQ(nine.notes,
            (std::vector<std::string>{
                "t.csv has 9 jobs: too few to hold some out, all parts are the whole trace"}));
  const TraceWindows sixty = played(60, TracePart::kTrain);
  EXPECT_EQ(sixty.length, 6);
  ASSERT_EQ(sixty.notes.size(), 1u);
  EXPECT_NE(sixty.notes[0].find("windows have 6, of jobs 0 to 42 for training"), std::string::npos)
      << sixty.notes[0];
  EXPECT_TRUE(played(6000, TracePart::kTrain).notes.empty());
}

TEST(TraceWindows, AWindowThatTheTrainingCannotHoldIsRefused) {
  EXPECT_EQ(input_error([] { played(1000, TracePart::kTrain, 750); }),
            error_message("t.csv, length: a window of 750 jobs does not lie in the part train, "
                          "jobs 0 to 700 of 1,000",
                          "", "Use a length of at most 700, another split, or part all"));
  const TraceWindows judged = played(1000, TracePart::kHeldOut, 300);
  EXPECT_EQ(judged.length, 200);
  ASSERT_EQ(judged.notes.size(), 1u);
  EXPECT_EQ(judged.notes[0],
            "the part held-out of t.csv, jobs 800 to 1,000, has no window of 300 jobs: its windows "
            "have 200");
  EXPECT_EQ(played(1000, TracePart::kAll, 300).length, 300);
}

TEST(TraceWindows, DealtWindowsLieSideBySideWhereThereIsRoom) {
  EXPECT_EQ(deal_windows({{4800, 6000}}, 200, 6), (Numbers{4800, 5000, 5200, 5400, 5600, 5800}));
  EXPECT_EQ(deal_windows({{4800, 6000}}, 200, 3), (Numbers{4800, 5300, 5800}));
  EXPECT_EQ(deal_windows({{4800, 6000}}, 200, 1), (Numbers{4800}));
  EXPECT_EQ(deal_windows({{0, 100}, {500, 900}}, 100, 4), (Numbers{0, 500, 650, 800}));
  EXPECT_EQ(deal_windows({{0, 250}}, 100, 4), (Numbers{0, 50, 100, 150}));  // more than room for
  for (int64_t jobs = 7; jobs < 60; ++jobs)
    for (int64_t length = 1; length <= jobs; ++length)
      for (int64_t count = 1; count <= jobs / length; ++count) {
        const Numbers starts = deal_windows({{3, 3 + jobs}}, length, count);
        ASSERT_EQ(static_cast<int64_t>(starts.size()), count);
        for (size_t i = 1; i < starts.size(); ++i) ASSERT_GE(starts[i] - starts[i - 1], length);
        ASSERT_GE(starts.front(), 3);
        ASSERT_LE(starts.back() + length, 3 + jobs);
      }
}

// Every 1,000 s a job; job i runs (i % 7) * 1,000 s and one more.
TEST(TraceWindows, WarmUpRowsAreThoseThatRunOn) {
  Trace trace;
  for (int i = 0; i < 300; ++i) {
    Job job{};
    job.run = i % 7 * 1000 + 1;
    trace.rows.push_back(job);
    trace.submit.push_back(1000 * i);
  }
  const WarmUpRows rows = warm_up_rows(trace, {{0, 300}}, 10);
  ASSERT_EQ(rows.block, 64);
  ASSERT_EQ(rows.begin.size(), 6u);
  int64_t most = 0;
  for (int64_t first = 0; first < 300; ++first) {
    std::vector<int64_t> expected, found;
    for (int64_t i = 0; i < first; ++i)
      if (trace.submit[i] + trace.rows[i].run > trace.submit[first]) expected.push_back(i);
    const int64_t block = first / rows.block;
    for (int32_t i = rows.begin[block]; i < rows.begin[block + 1]; ++i)
      if (trace.submit[rows.rows[i]] + trace.rows[rows.rows[i]].run > trace.submit[first])
        found.push_back(rows.rows[i]);
    for (int64_t i = block * rows.block; i < first; ++i)
      if (trace.submit[i] + trace.rows[i].run > trace.submit[first]) found.push_back(i);
    ASSERT_EQ(found, expected) << first;
    if (first <= 290) most = std::max(most, static_cast<int64_t>(expected.size()));
  }
  EXPECT_EQ(rows.most, most);
}

}  // namespace
}  // namespace cusched
