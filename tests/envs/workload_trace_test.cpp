// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <map>

#include "tests/envs/workload_test_util.h"

namespace cusched {
namespace {

constexpr int64_t kEpoch = 1600000000;  // absolute submit times do not fit 32 bits after a shift

// `jobs` jobs, one every 100 s from kEpoch on; job i runs 10 + i s on 1 + i % 4 processors.
std::string swf_text(int jobs) {
  std::string text = "; Version: 2.2\n; MaxProcs: 8\n";
  for (int i = 0; i < jobs; ++i)
    text += std::to_string(i + 1) + " " + std::to_string(kEpoch + 100 * i) + " -1 " +
            std::to_string(10 + i) + " " + std::to_string(1 + i % 4) +
            " -1 -1 -1 -1 -1 1 -1 -1 -1 -1 -1 -1 -1\n";
  return text;
}

Workload windows(int jobs, const TraceWindow& window) {
  WorkloadConfig config;
  config.name = "swf";
  config.window = window;
  return build_trace(parse_swf(swf_text(jobs), "t.swf"), config, pool(8));
}

TEST(Trace, WindowIsRebasedToItsFirstSubmit) {
  TraceWindow window;
  window.length = 5;
  window.starts = {7};
  const Workload w = windows(20, window);
  const SourceView view = w.view();
  const RngKey key{1, 0, 0, 0};
  SourceState state{};
  source_begin(view, key, state);
  EXPECT_EQ(source_origin(view, state), kEpoch + 700);
  const std::vector<Job> jobs = draw_jobs(view, key, 100);
  ASSERT_EQ(jobs.size(), 5u);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(jobs[i].id, i);
    EXPECT_EQ(jobs[i].submit, 100 * i);
    EXPECT_EQ(jobs[i].run, 17 + i);
    EXPECT_EQ(jobs[i].cpu_milli, 1000 * (1 + (7 + i) % 4));
  }
  EXPECT_EQ(w.total_jobs, 20);
  EXPECT_EQ(w.window_jobs, 5);
}

TEST(Trace, ExhaustedStreamStaysExhausted) {
  const Workload w = windows(3, {});
  const SourceView view = w.view();
  const RngKey key{1, 0, 0, 0};
  SourceState state{};
  source_begin(view, key, state);
  Job job{};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(source_next(view, key, state, &job));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(source_next_submit(state), kNoMoreJobs);
    EXPECT_FALSE(source_next(view, key, state, &job));
  }
}

TEST(Trace, FixedStartsAreDealtToEnvironmentsAndEpisodes) {
  TraceWindow window;
  window.length = 2;
  window.starts = {3, 9, 5};
  const Workload w = windows(20, window);
  const SourceView view = w.view();
  for (uint32_t env = 0; env < 6; ++env) {
    for (uint32_t episode = 0; episode < 6; ++episode) {
      SourceState state{};
      source_begin(view, {1, 0, env, episode}, state);
      EXPECT_EQ(state.first, window.starts[(env + episode) % 3]);
    }
  }
}

TEST(Trace, DrawnStartsCoverTheAllowedRangesAndNothingElse) {
  TraceWindow window;
  window.length = 4;
  window.ranges = {{2, 8}, {12, 16}};  // starts 2, 3, 4 and 12
  const Workload w = windows(20, window);
  const SourceView view = w.view();
  std::map<int, int> count;
  for (uint32_t env = 0; env < 4000; ++env) {
    SourceState state{};
    source_begin(view, {1, 0, env, 0}, state);
    ++count[state.first];
  }
  ASSERT_EQ(count.size(), 4u);
  for (const int start : {2, 3, 4, 12}) EXPECT_NEAR(count[start], 1000, 150) << start;
}

TEST(Trace, StatisticsAreThoseOfTheFile) {
  const Workload w = windows(20, {});
  double work = 0;
  for (int i = 0; i < 20; ++i) work += (1 + i % 4) * (10 + i);
  EXPECT_NEAR(w.offered_load, work / (8 * 1900.0), 1e-12);
  EXPECT_NEAR(w.means[0].cpu_milli, 2500, 1e-9);
  EXPECT_NEAR(w.means[0].run_s, 19.5, 1e-9);
  EXPECT_NE(describe(w).find("jobs           20 in the trace, 20 a window"), std::string::npos);
}

TEST(Trace, BadWindowsAreRefused) {
  TraceWindow window;
  window.length = 21;
  EXPECT_EQ(input_error([&] { windows(20, window); }),
            error_message("t.swf, length: 21 jobs of a trace with 20", "",
                          "Use a window length from 1 to the number of jobs"));
  window.length = 5;
  window.starts = {16};
  EXPECT_NE(input_error([&] {
              windows(20, window);
            }).find("t.swf, starts: a window of 5 jobs from job 16 of"),
            std::string::npos);
  window.starts = {-1};
  EXPECT_NE(input_error([&] { windows(20, window); }).find("starts"), std::string::npos);
  window.starts = {INT64_MAX};
  EXPECT_NE(input_error([&] { windows(20, window); }).find("starts"), std::string::npos);
  window.starts = {};
  window.ranges = {{3, 7}};
  EXPECT_NE(input_error([&] { windows(20, window); }).find("cannot hold a window of 5"),
            std::string::npos);
  window.length = kAutoLength - 1;
  EXPECT_NE(input_error([&] { windows(20, window); }).find("length"), std::string::npos);
}

TEST(Trace, JobsLargerThanTheClusterAreRefusedWithTheirLine) {
  WorkloadConfig config;
  config.name = "swf";
  const std::string message =
      input_error([&] { build_trace(parse_swf(swf_text(20), "t.swf"), config, pool(3)); });
  EXPECT_NE(message.find("t.swf:6"), std::string::npos) << message;
  EXPECT_NE(message.find("4000 milli-CPU"), std::string::npos) << message;
}

TEST(Trace, WindowsLongerThanTheClockAreRefused) {
  const std::string text =
      "1 0 -1 5 1 -1 -1 -1 -1 -1 1 -1 -1 -1 -1 -1 -1 -1\n"
      "2 4000000000 -1 5 1 -1 -1 -1 -1 -1 1 -1 -1 -1 -1 -1 -1 -1\n";
  WorkloadConfig config;
  EXPECT_NE(input_error([&] {
              build_trace(parse_swf(text, "t.swf"), config, pool(8));
            }).find("spans over 34 years"),
            std::string::npos);
}

TEST(Trace, LublinFilesReplayExactly) {
  const std::string file = shared_file("data/lublin/lublin_1.swf");
  if (file.empty()) GTEST_SKIP() << "no shared data here (set CUSCHED_SHARED)";
  WorkloadConfig config;
  config.name = "swf";
  config.file = file;
  config.window.length = 1024;
  config.window.starts = {1981};
  const Workload w = make_workload(config, pool(256));
  EXPECT_EQ(w.total_jobs, 10000);
  const Trace trace = read_swf(file);
  EXPECT_EQ(trace.max_procs, 256);
  EXPECT_TRUE(trace.notes.empty());
  EXPECT_EQ(trace.submit[0], 5094);
  EXPECT_EQ(trace.rows[0].run, 12072);
  EXPECT_EQ(trace.rows[0].cpu_milli, 16000);
  const std::vector<Job> jobs = draw_jobs(w.view(), {1, 0, 0, 0}, 2000);
  ASSERT_EQ(jobs.size(), 1024u);
  for (int i = 0; i < 1024; ++i) {
    ASSERT_EQ(jobs[i].submit, trace.submit[1981 + i] - trace.submit[1981]);
    ASSERT_EQ(jobs[i].run, trace.rows[1981 + i].run);
    ASSERT_EQ(jobs[i].estimate, trace.rows[1981 + i].run);
    ASSERT_EQ(jobs[i].cpu_milli, trace.rows[1981 + i].cpu_milli);
  }
}

}  // namespace
}  // namespace cusched
