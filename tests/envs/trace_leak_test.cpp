// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <set>

#include "tests/envs/workload_test_util.h"

// What a policy is judged by, it has not seen: not in training, not where it is chosen, not in what
// is fitted.
namespace cusched {
namespace {

constexpr const char* kHeader = "submit_s,run_s,cpu_milli,memory_mib\n";

// A trace whose job i runs 100,000 + i s.
Trace numbered(int64_t jobs) {
  std::string text = kHeader;
  for (int64_t i = 0; i < jobs; ++i)
    text += std::to_string(10 * i) + "," + std::to_string(100000 + i) + ",1000,1024\n";
  return parse_job_csv(text, "t.csv");
}

// The jobs that episodes of a training (`deal` 0) or an evaluation play.
std::set<int32_t> played(const Trace& trace, TracePart part, double split, int64_t length,
                         int64_t deal) {
  WorkloadConfig config;
  config.name = "csv";
  config.window.part = part;
  config.window.split_share = split;
  config.window.length = length;
  config.window.deal = deal;
  if (deal == 0) {
    config.augment.model = 0.5;
    config.augment.arrivals = 0.5;
    config.augment.load_low = 0.5;
  }
  const Workload w = build_trace(trace, config, default_cluster());
  std::set<int32_t> jobs;
  for (uint32_t env = 0; env < (deal > 0 ? static_cast<uint32_t>(deal) : 60u); ++env)
    for (const Job& job : draw_jobs(w.view(), {1, 0, env, 0}, 1 << 20))
      jobs.insert(job.run - 100000);
  return jobs;
}

bool share(const std::set<int32_t>& a, const std::set<int32_t>& b) {
  for (const int32_t job : a)
    if (b.contains(job)) return true;
  return false;
}

TEST(TraceLeak, NoJobOfTrainingOrChoosingIsInWhatJudges) {
  int64_t tried = 0;
  for (const int64_t jobs : {10, 23, 100, 1000})
    for (const double split : {0.05, 0.3, 0.6, 0.8, 0.95})
      for (const int64_t length : {kAutoLength, int64_t{1}, jobs / 20, jobs / 3}) {
        const Trace trace = numbered(jobs);
        std::set<int32_t> learnt;
        try {
          learnt = played(trace, TracePart::kTrain, split, length, 0);
        } catch (const InputError&) {
          continue;  // no room for a window
        }
        const std::set<int32_t> chosen = played(trace, TracePart::kValidation, split, length, 5);
        const std::set<int32_t> judged = played(trace, TracePart::kHeldOut, split, length, 7);
        ASSERT_FALSE(learnt.empty() || chosen.empty() || judged.empty());
        EXPECT_FALSE(share(learnt, judged)) << jobs << " " << split << " " << length;
        EXPECT_FALSE(share(chosen, judged)) << jobs << " " << split << " " << length;
        EXPECT_FALSE(share(learnt, chosen)) << jobs << " " << split << " " << length;
        EXPECT_LT(*learnt.rbegin(), *judged.begin());
        ++tried;
      }
  EXPECT_GT(tried, 40);
}

TEST(TraceLeak, AFitOfTheModelDoesNotDependOnWhatJudges) {
  std::string text = "; MaxProcs: 32\n", other = text;
  for (int i = 0; i < 500; ++i) {
    const std::string head =
        std::to_string(i + 1) + " " + std::to_string(100 * i + i % 70) + " -1 ";
    const auto row = [&](int run, int procs) {
      return head + std::to_string(run) + " " + std::to_string(procs) +
             " -1 -1 -1 -1 -1 1 -1 -1 -1 -1 -1 -1 -1\n";
    };
    text += row(60 + i * 31 % 4000, 1 << i % 5);
    other += i < 262 ? row(60 + i * 31 % 4000, 1 << i % 5) : row(9, 31);  // 262: 7/8 of 0.6 of 500
  }
  WorkloadConfig config;
  config.name = "swf";
  config.window.part = TracePart::kTrain;
  config.window.split_share = 0.6;
  config.window.length = kAutoLength;
  config.augment.model = 1;
  const Workload a = build_trace(parse_swf(text, "t.swf"), config, pool(32));
  const Workload b = build_trace(parse_swf(other, "t.swf"), config, pool(32));
  ASSERT_EQ(a.played[0].end, 262);
  ASSERT_TRUE(a.scalars.augment.lublin);
  EXPECT_EQ(hash_of(a.run_short), hash_of(b.run_short));
  EXPECT_EQ(hash_of(a.run_long), hash_of(b.run_long));
  EXPECT_EQ(hash_of(a.size_cdf), hash_of(b.size_cdf));
  EXPECT_EQ(hash_of(a.gap), hash_of(b.gap));
  EXPECT_EQ(hash_of(a.rate), hash_of(b.rate));
  EXPECT_EQ(hash_of(a.estimate), hash_of(b.estimate));
}

}  // namespace
}  // namespace cusched
