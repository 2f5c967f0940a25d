// SPDX-License-Identifier: MIT
#include "envs/workload/augment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "envs/admission_workload.h"
#include "envs/registry.h"
#include "tests/envs/workload_test_util.h"

// Windows of a trace that differ from the record, in trainings only.
namespace cusched {
namespace {

constexpr int kJobs = 400;
constexpr int kWindow = 40;

// Job i: 1 + i % 8 processors, 100 + i s of its 300 + 2 i s, group 1 + i % 3; gaps 1 to 97 s.
std::string swf() {
  std::string text = "; MaxProcs: 8\n";
  int64_t submit = 5000;
  for (int i = 0; i < kJobs; ++i) {
    submit += 1 + i * 37 % 97;
    text += std::to_string(i + 1) + " " + std::to_string(submit) + " -1 " +
            std::to_string(100 + i) + " " + std::to_string(1 + i % 8) + " -1 -1 " +
            std::to_string(1 + i % 8) + " " + std::to_string(300 + 2 * i) + " -1 1 7 " +
            std::to_string(1 + i % 3) + " -1 -1 -1 -1 -1\n";
  }
  return text;
}

Workload made(const AugmentConfig& augment, const std::vector<JobRange>& ranges = {}) {
  WorkloadConfig config;
  config.name = "swf";
  config.window.length = kWindow;
  config.window.ranges = ranges;
  config.augment = augment;
  return build_trace(parse_swf(swf(), "t.swf"), config, pool(8));
}

std::vector<Job> episode(const Workload& w, uint32_t number) {
  return draw_jobs(w.view(), {3, 0, 5, number}, kWindow);
}

int32_t first_row(const Workload& w, uint32_t number) {
  SourceState state{};
  source_begin(w.view(), {3, 0, 5, number}, state);
  return state.first;
}

bool same(const Job& a, const Job& b) { return std::memcmp(&a, &b, sizeof(Job)) == 0; }

TEST(Augment, WithoutItAWindowIsTheRecord) {
  const Workload w = made({});
  EXPECT_FALSE(w.scalars.augment.on);
  const std::vector<Job> jobs = episode(w, 0);
  const int32_t first = first_row(w, 0);
  for (int i = 0; i < kWindow; ++i) {
    EXPECT_EQ(jobs[i].run, 100 + first + i);
    EXPECT_EQ(jobs[i].submit, w.trace_submit[first + i] - w.trace_submit[first]);
  }
}

TEST(Augment, ALoadDividesTheGaps) {
  AugmentConfig half;
  half.load_low = half.load_high = 0.5;
  const Workload plain = made({}), w = made(half);
  const std::vector<Job> record = episode(plain, 1), jobs = episode(w, 1);
  for (int i = 0; i < kWindow; ++i) {
    EXPECT_EQ(jobs[i].submit, 2 * record[i].submit);
    Job moved = jobs[i];
    moved.submit = record[i].submit;
    EXPECT_TRUE(same(moved, record[i])) << i;
  }
  // One factor an episode, spread over the range.
  AugmentConfig spread;
  spread.load_low = 0.5;
  spread.load_high = 2;
  const Workload s = made(spread);
  double least = 9, most = 0;
  for (uint32_t e = 0; e < 200; ++e) {
    const double load = episode_augment(s.scalars.augment, {3, 0, 5, e}).load_q16 / 65536.0;
    least = std::min(least, load), most = std::max(most, load);
    const std::vector<Job> a = episode(plain, e), b = episode(s, e);
    EXPECT_NEAR(b.back().submit, a.back().submit / load, 1.0 + a.back().submit * 1e-4);
  }
  EXPECT_LT(least, 0.55);
  EXPECT_GT(most, 1.9);
  EXPECT_GE(least, 0.5);
  EXPECT_LE(most, 2.0);
}

TEST(Augment, ResampledGapsAreThoseOfTheWindow) {
  AugmentConfig gaps;
  gaps.arrivals = 1;
  const Workload plain = made({}), w = made(gaps);
  int moved = 0;
  for (uint32_t e = 0; e < 20; ++e) {
    const std::vector<Job> record = episode(plain, e), jobs = episode(w, e);
    std::set<int32_t> known;
    for (int i = 1; i < kWindow; ++i) known.insert(record[i].submit - record[i - 1].submit);
    for (int i = 1; i < kWindow; ++i) {
      const int32_t gap = jobs[i].submit - jobs[i - 1].submit;
      EXPECT_TRUE(known.contains(gap)) << gap;
      moved += gap != record[i].submit - record[i - 1].submit;
      EXPECT_EQ(jobs[i].run, record[i].run);
    }
  }
  EXPECT_GT(moved, 500);
  // A probability is one of episodes, not of jobs.
  gaps.arrivals = 0.5;
  const Workload some = made(gaps);
  int changed = 0;
  for (uint32_t e = 0; e < 200; ++e)
    changed += episode(some, e).back().submit != episode(plain, e).back().submit;
  EXPECT_NEAR(changed, 100, 25);
}

TEST(Augment, UsersChangePlacesWithinAnEpisode) {
  AugmentConfig users;
  users.users = true;
  const Workload plain = made({}), w = made(users);
  ASSERT_EQ(w.tenants.size(), 3u);
  std::set<std::vector<int>> orders;
  for (uint32_t e = 0; e < 60; ++e) {
    const std::vector<Job> record = episode(plain, e), jobs = episode(w, e);
    std::vector<int> place(3, -1);
    for (int i = 0; i < kWindow; ++i) {
      int& now = place[record[i].tenant];
      if (now < 0) now = jobs[i].tenant;
      EXPECT_EQ(now, jobs[i].tenant);
      Job back = jobs[i];
      back.tenant = record[i].tenant;
      EXPECT_TRUE(same(back, record[i]));
    }
    EXPECT_EQ((std::set<int>(place.begin(), place.end())), (std::set<int>{0, 1, 2}));
    orders.insert(place);
  }
  EXPECT_EQ(orders.size(), 6u);  // all of them
}

TEST(Augment, AnOrderOfSixteenTenantsHasEachOnce) {
  for (uint32_t e = 0; e < 100; ++e) {
    std::set<int> seen;
    for (int t = 0; t < kMaxTenants; ++t) seen.insert(permuted_tenant({1, 0, 0, e}, 16, t));
    EXPECT_EQ(seen.size(), 16u);
    EXPECT_EQ(*seen.rbegin(), 15);
  }
}

TEST(Augment, JitterStaysWithinItsFactorAndTheCluster) {
  AugmentConfig jitter;
  jitter.jitter = 0.5;
  const Workload plain = made({}), w = made(jitter);
  int larger = 0, smaller = 0, wider = 0;
  for (uint32_t e = 0; e < 50; ++e) {
    const std::vector<Job> record = episode(plain, e), jobs = episode(w, e);
    for (int i = 0; i < kWindow; ++i) {
      EXPECT_EQ(jobs[i].submit, record[i].submit);
      EXPECT_GE(jobs[i].run, static_cast<int>(record[i].run / 1.5) - 1);
      EXPECT_LE(jobs[i].run, static_cast<int>(record[i].run * 1.5) + 1);
      larger += jobs[i].run > record[i].run, smaller += jobs[i].run < record[i].run;
      // The estimate by the same factor.
      EXPECT_NEAR(double(jobs[i].estimate) / record[i].estimate,
                  double(jobs[i].run) / record[i].run, 0.01);
      EXPECT_EQ(jobs[i].cpu_milli % 1000, 0);
      EXPECT_GE(jobs[i].cpu_milli, 1000);
      EXPECT_LE(jobs[i].cpu_milli, 8000);  // never more than there is
      EXPECT_LE(jobs[i].cpu_milli, static_cast<int>(record[i].cpu_milli * 1.5) + 500);
      wider += jobs[i].cpu_milli > record[i].cpu_milli;
    }
  }
  EXPECT_NEAR(larger, 1000, 100);
  EXPECT_NEAR(smaller, 1000, 100);
  EXPECT_GT(wider, 300);
}

TEST(Augment, AGangHasMorePodsOfTheSameShapeWhereTheyFit) {
  std::string text = "submit_s,run_s,cpu_milli,memory_mib,gpus,pods\n";
  for (int i = 0; i < 200; ++i)
    text += std::to_string(60 * i) + ",500,4000,8192,1," + std::to_string(i % 2 ? 6 : 2) + "\n";
  WorkloadConfig config;
  config.name = "csv";
  config.window.length = 50;
  config.augment.jitter = 1;
  const ClusterCapacity cluster{32000, 65536, 8, {{16000, 32768, 4, 2}}};  // four pods a node
  const Workload w = build_trace(parse_job_csv(text, "t.csv"), config, cluster);
  std::set<int> pods;
  for (uint32_t e = 0; e < 40; ++e)
    for (const Job& job : draw_jobs(w.view(), {1, 0, 0, e}, 50)) {
      EXPECT_EQ(job.cpu_milli, 4000);
      EXPECT_EQ(job.gpus, 1);
      pods.insert(job.pods());
    }
  EXPECT_EQ(pods, (std::set<int>{1, 2, 3, 4, 5, 6}));  // the largest gang of the trace has six
}

TEST(Augment, MoreJobsMayRunAtOnceWhereJitterMakesThemSmaller) {
  Workload gangs;
  gangs.warm_up_jobs = gangs.window_jobs = 100;
  Job job{};
  job.cpu_milli = 1000;
  job.memory_mib = 1024;
  job.gpus = 1;
  job.set_pods(4);
  gangs.rows = {job};
  ClusterCapacity cluster;
  cluster.cpu_milli = 1000000;
  cluster.memory_mib = 1000000;
  cluster.gpus = 24;
  EXPECT_EQ(admission::running_with_warm_up(gangs, cluster), 6);
  gangs.scalars.augment.jitter_q16 = 65536 / 2;  // down to 2.67 pods, of which 2 are less
  EXPECT_EQ(admission::running_with_warm_up(gangs, cluster), 12);
}

TEST(Augment, LublinsModelIsFittedToWhatIsPlayedAlone) {
  AugmentConfig model;
  model.model = 1;
  const Workload w = made(model, {{0, 200}});
  EXPECT_TRUE(w.scalars.augment.lublin);
  EXPECT_NE(w.notes.back().find("200 jobs of t.swf fitted with Lublin's model"), std::string::npos)
      << w.notes.back();
  const Workload cut = [&] {
    WorkloadConfig config;
    config.name = "swf";
    config.window.length = kWindow;
    config.augment = model;
    Trace trace = parse_swf(swf(), "t.swf");
    for (int64_t i = 200; i < trace.size(); ++i) {  // other jobs that are not played
      trace.rows[i].run = 1;
      trace.rows[i].cpu_milli = 8000;
      trace.submit[i] += 1000000;
    }
    config.window.ranges = {{0, 200}};
    return build_trace(trace, config, pool(8));
  }();
  double run = 0;
  for (uint32_t e = 0; e < 30; ++e) {
    const std::vector<Job> jobs = episode(w, e), other = episode(cut, e);
    ASSERT_EQ(jobs.size(), size_t{kWindow});
    for (int i = 0; i < kWindow; ++i) {
      EXPECT_TRUE(same(jobs[i], other[i]));
      EXPECT_LE(jobs[i].cpu_milli, 8000);
      EXPECT_GE(jobs[i].submit, i > 0 ? jobs[i - 1].submit : 0);
      EXPECT_GE(jobs[i].estimate, jobs[i].run);  // as recorded
      EXPECT_LT(jobs[i].tenant, 3);
      run += jobs[i].run / (30.0 * kWindow);
    }
  }
  EXPECT_NEAR(run, 200, 20);  // the mean of the first 200 jobs
}

TEST(Augment, WhatLublinsModelDoesNotDescribeIsResampledFromWhatIsPlayed) {
  std::string text = "submit_s,run_s,cpu_milli,memory_mib,gpus\n";
  for (int i = 0; i < 300; ++i)
    text += std::to_string(i * i) + "," + std::to_string(1000 + i) + ",4000,8192,1\n";
  WorkloadConfig config;
  config.name = "csv";
  config.window.length = 20;
  config.window.ranges = {{30, 100}, {150, 200}};
  config.augment.model = 1;
  const Workload w = build_trace(parse_job_csv(text, "t.csv"), config, default_cluster());
  EXPECT_FALSE(w.scalars.augment.lublin);
  EXPECT_NE(w.notes.back().find("resampled, one by one (no model of Lublin's: they ask for GPUs)"),
            std::string::npos)
      << w.notes.back();
  std::set<int> rows, gaps;
  for (uint32_t e = 0; e < 200; ++e) {
    const std::vector<Job> jobs = draw_jobs(w.view(), {1, 0, 0, e}, 20);
    for (size_t i = 0; i < jobs.size(); ++i) {
      rows.insert(jobs[i].run - 1000);
      if (i > 0) gaps.insert((jobs[i].submit - jobs[i - 1].submit - 1) / 2);  // i^2 to (i + 1)^2
    }
  }
  std::set<int> played, starts;
  for (int i = 30; i < 200; ++i)
    if (i < 100 || i >= 150) {
      played.insert(i);
      if (i != 99 && i != 199) starts.insert(i);
    }
  EXPECT_EQ(rows, played);
  EXPECT_EQ(gaps, starts);  // none from job 99 to job 100, which is not played
}

TEST(Augment, FixedStartsResampleTheirWindow) {
  std::string text = "submit_s,run_s,cpu_milli,memory_mib,gpus\n";
  for (int i = 0; i < 300; ++i)
    text += std::to_string(i * i) + "," + std::to_string(1000 + i) + ",4000,8192,1\n";
  WorkloadConfig config;
  config.name = "csv";
  config.window.length = 20;
  config.window.starts = {50};
  config.augment.model = 1;
  const Workload w = build_trace(parse_job_csv(text, "t.csv"), config, default_cluster());
  for (uint32_t e = 0; e < 50; ++e)
    for (const Job& job : draw_jobs(w.view(), {1, 0, 0, e}, 20)) {
      EXPECT_GE(job.run, 1050);
      EXPECT_LT(job.run, 1070);
    }
}

// What episodes of `admission` end with, of a training or of an evaluation.
std::vector<uint64_t> played(const std::string& file, bool evaluation, bool augmented) {
  std::vector<EnvValue> values = {
      {"trace", file, ""}, {"nodes", "pool", ""}, {"length", "40", ""}, {"horizon-s", "0", ""}};
  if (augmented)
    for (const auto& [name, value] :
         {std::pair<const char*, const char*>{"augment-load", "0.7,1.4"},
          {"augment-arrivals", "0.5"},
          {"augment-users", "true"},
          {"augment-jitter", "0.3"},
          {"augment-model", "0.3"}})
      values.push_back({name, value, ""});
  BatchOptions options;
  options.envs = 4;
  options.single_episode = evaluation;
  options.stagger = false;
  const std::unique_ptr<Batch> batch = find_environment("admission").create(values, options);
  batch->reset({}, {});
  batch->run_heuristic({}, 0, 60, nullptr, {});
  return batch->hashes({});
}

TEST(Augment, OnlyTrainingsPlayIt) {
  const std::string file =
      (std::filesystem::temp_directory_path() / "cusched_augment_test.swf").string();
  std::ofstream(file) << swf();
  EXPECT_EQ(played(file, true, true), played(file, true, false));
  EXPECT_NE(played(file, false, true), played(file, false, false));
  EXPECT_EQ(played(file, false, true), played(file, false, true));
  std::filesystem::remove(file);
}

TEST(Augment, BadValuesAreRefused) {
  const auto refused = [](const char* name, const char* value) {
    return input_error([&] {
      find_environment("admission").create({{"trace", "t.swf", ""}, {name, value, name}}, {});
    });
  };
  EXPECT_NE(refused("augment-load", "1.2,0.8").find("the range 1.2,0.8 falls"), std::string::npos);
  EXPECT_NE(refused("augment-load", "0.8,1,1.2").find("is no range"), std::string::npos);
  EXPECT_NE(refused("augment-load", "0").find("augment-load is 0"), std::string::npos);
  EXPECT_NE(refused("augment-jitter", "2").find("augment-jitter is 2"), std::string::npos);
  EXPECT_NE(refused("augment-model", "-1").find("augment-model is -1"), std::string::npos);
  EXPECT_NE(
      input_error([] {
        find_environment("admission").create({{"augment-model", "0.5", "--augment-model"}}, {});
      }).find("only windows of a trace differ from a record"),
      std::string::npos);
}

TEST(Augment, AllTogetherEveryJobFitsTheCluster) {
  AugmentConfig all;
  all.load_low = 0.5, all.load_high = 2;
  all.arrivals = all.model = 0.5;
  all.users = true;
  all.jitter = 1;
  const Workload w = made(all);
  const SourceView view = w.view();
  for (uint32_t e = 0; e < 100; ++e) {
    const std::vector<Job> jobs = episode(w, e);
    ASSERT_EQ(jobs.size(), size_t{kWindow});
    const std::vector<Job> again = episode(w, e);
    for (int i = 0; i < kWindow; ++i) {
      EXPECT_TRUE(same(jobs[i], again[i]));
      EXPECT_GE(pods_that_fit(view.common, jobs[i].cpu_milli, jobs[i].memory_mib, jobs[i].gpus),
                jobs[i].pods());
      EXPECT_GE(jobs[i].run, 1);
      EXPECT_GE(jobs[i].estimate, 1);
      EXPECT_EQ(jobs[i].id, i);
    }
  }
}

}  // namespace
}  // namespace cusched
