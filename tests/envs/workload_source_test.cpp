// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "envs/workload/source.h"
#include "tests/envs/workload_test_util.h"

namespace cusched {
namespace {

const char* const kGenerators[] = {"skrueue-sim",
                                   "skrueue-legacy",
                                   "skrueue-templates",
                                   "skrueue-templates-burst",
                                   "skrueue-templates-uniform",
                                   "lublin"};

TEST(Source, StreamsAreOrderedNumberedAndInRange) {
  for (const char* name : kGenerators) {
    const Workload w = make(name);
    const std::vector<Job> jobs = draw_jobs(w.view(), {3, 1, 5, 2}, 5000);
    ASSERT_EQ(jobs.size(), 5000u);
    for (size_t i = 0; i < jobs.size(); ++i) {
      const Job& job = jobs[i];
      ASSERT_EQ(job.id, static_cast<int32_t>(i));
      ASSERT_GE(job.submit, i > 0 ? jobs[i - 1].submit : 0);
      ASSERT_GE(job.run, 1);
      ASSERT_GE(job.estimate, 1);
      ASSERT_GE(job.cpu_milli, 1);
      ASSERT_GE(job.memory_mib, 0);
      ASSERT_GE(job.pods(), 1);
      ASSERT_LE(job.pods(), w.max_pods);
      ASSERT_LE(job.priority, kMaxPriority);
      ASSERT_LT(job.tenant, w.tenants.size());
      ASSERT_EQ(job.attempts, 0);
      ASSERT_GE(job.oom_point, 1);
      ASSERT_LE(job.oom_point, 1000);
    }
  }
}

TEST(Source, NextSubmitAnnouncesTheNextJob) {
  for (const char* name : kGenerators) {
    const Workload w = make(name);
    const SourceView view = w.view();
    const RngKey key{1, 0, 2, 3};
    SourceState state{};
    source_begin(view, key, state);
    for (int i = 0; i < 500; ++i) {
      const int32_t announced = source_next_submit(state);
      Job job{};
      ASSERT_TRUE(source_next(view, key, state, &job));
      ASSERT_EQ(job.submit, announced) << name;
    }
  }
}

// A job depends on its key and index only: a stream stopped, copied byte by byte and continued
// elsewhere, interleaved with other streams, gives the same jobs.
TEST(Source, DrawOrderDoesNotMatter) {
  for (const char* name : kGenerators) {
    const Workload w = make(name);
    const SourceView view = w.view();
    const RngKey keys[3] = {{1, 0, 0, 0}, {1, 0, 1, 0}, {1, 0, 0, 1}};
    std::vector<Job> alone[3], together[3];
    for (int k = 0; k < 3; ++k) alone[k] = draw_jobs(view, keys[k], 200);
    SourceState states[3] = {};
    for (int k = 0; k < 3; ++k) source_begin(view, keys[k], states[k]);
    for (int i = 0; i < 200; ++i) {
      for (int k = 2; k >= 0; --k) {
        SourceState copy;
        std::memcpy(&copy, &states[k], sizeof copy);
        Job job{};
        ASSERT_TRUE(source_next(view, keys[k], copy, &job));
        together[k].push_back(job);
        std::memcpy(&states[k], &copy, sizeof copy);
      }
    }
    for (int k = 0; k < 3; ++k) EXPECT_EQ(hash_of(alone[k]), hash_of(together[k])) << name;
    if (std::strstr(name, "burst") == nullptr && std::strstr(name, "uniform") == nullptr) {
      EXPECT_NE(alone[0][5].submit, alone[1][5].submit);
      EXPECT_NE(alone[0][5].submit, alone[2][5].submit);
    }
  }
}

TEST(Source, GeneratorsStartAtARandomFullHour) {
  const Workload w = make("skrueue-sim");
  const SourceView view = w.view();
  int count[24] = {};
  for (uint32_t env = 0; env < 4800; ++env) {
    SourceState state{};
    source_begin(view, {7, 0, env, 0}, state);
    const int64_t origin = source_origin(view, state);
    ASSERT_EQ(origin % 3600, 0);
    ASSERT_LT(origin, 86400);
    ++count[origin / 3600];
  }
  // 200 expected each; chi-square with 23 degrees of freedom exceeds 49.7 once in a thousand.
  double chi2 = 0;
  for (const int c : count) chi2 += (c - 200.0) * (c - 200.0) / 200.0;
  EXPECT_LT(chi2, 49.7);
}

TEST(Source, JobLimitEndsAGenerator) {
  WorkloadConfig config;
  config.job_limit = 17;
  const Workload w = make_workload(config, default_cluster());
  EXPECT_EQ(w.window_jobs, 17);
  const SourceView view = w.view();
  const RngKey key{1, 0, 0, 0};
  EXPECT_EQ(draw_jobs(view, key, 100).size(), 17u);
}

TEST(Source, BurstsAndUniformArriveOnTheirSchedule) {
  const Workload burst = make("skrueue-templates-burst"), even = make("skrueue-templates-uniform");
  const std::vector<Job> bursts = draw_jobs(burst.view(), {1, 0, 0, 0}, 60);
  const std::vector<Job> evens = draw_jobs(even.view(), {1, 0, 0, 0}, 60);
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(bursts[i].submit, i / 20 * 14400 + i % 20 * 5);
    EXPECT_EQ(evens[i].submit, i * 60);
  }
}

TEST(Source, EndOfTimeEndsTheStream) {
  WorkloadConfig config;
  config.name = "skrueue-templates-burst";
  MixSpec spec = preset_mix(config.name);
  spec.burst = 1;
  spec.burst_spacing_s = 0;
  spec.burst_period_s = 1e9;
  const Workload w = build_mix(spec, config, default_cluster());
  const std::vector<Job> jobs = draw_jobs(w.view(), {1, 0, 0, 0}, 10);
  ASSERT_EQ(jobs.size(), 3u);  // 0, 1e9, 2e9; the next lies beyond 2^31 s
  EXPECT_EQ(jobs[2].submit, 2000000000);
}

// Shares of the simulator's mix over many jobs, each within 4.5 standard errors.
TEST(Source, SharesAreThoseOfTheSpec) {
  const Workload w = make("skrueue-sim");
  const SourceView view = w.view();
  double jobs = 0, urgent = 0, spikes = 0, ml = 0, gangs = 0, pods[9] = {}, gpus[3] = {},
         tenants[4] = {};
  for (uint32_t env = 0; env < 100; ++env) {
    for (const Job& job : draw_jobs(view, {11, 0, env, 0}, 1000)) {
      jobs += 1;
      urgent += job.urgent;
      tenants[job.tenant] += 1;
      if (job.memory_use >= 1201) spikes += 1;  // no type's own table reaches so far
      ASSERT_GE(job.cpu_use, 300);
      ASSERT_LE(job.cpu_use, 1000);
      ASSERT_GE(job.memory_use, 300);
      ASSERT_LE(job.memory_use, 1900);
      ASSERT_EQ(job.memory_limit, 1500);
      ASSERT_GE(job.cpu_milli, 100);
      ASSERT_GE(job.memory_mib, 256);
      ASSERT_GE(job.run, 10);
      ASSERT_EQ(job.estimate, job.run);
      if (job.type != JobType::kMl) {
        ASSERT_EQ(job.pods(), 1);
        ASSERT_EQ(job.gpus, 0);
        continue;
      }
      ml += 1;
      gangs += job.pods() > 1 ? 1 : 0;
      pods[job.pods()] += 1;
      gpus[job.gpus] += 1;
    }
  }
  const auto near = [](double count, double total, double p) {
    const double error = std::sqrt(p * (1 - p) / total);
    EXPECT_NEAR(count / total, p, 4.5 * error);
  };
  near(urgent, jobs, 0.1);
  near(spikes, jobs, 0.05 * 699.0 / 900.0);
  near(gangs, ml, 0.1);
  near(gpus[0], ml, 0.80);
  near(gpus[1], ml, 0.15);
  near(gpus[2], ml, 0.05);
  const double shares[4] = {0.4, 0.3, 0.2, 0.1};
  for (int t = 0; t < 4; ++t) near(tenants[t], jobs, shares[t]);
  for (int p = 2; p <= 3; ++p) near(pods[p], ml, 0.1 / 7);  // larger gangs may be cut
}

TEST(Source, LegacyHasNoTenantsGangsGpusOrClasses) {
  const Workload w = make("skrueue-legacy");
  EXPECT_EQ(w.max_pods, 1);
  EXPECT_EQ(w.tenants.size(), 1u);
  for (const Job& job : draw_jobs(w.view(), {1, 0, 0, 0}, 5000)) {
    ASSERT_EQ(job.pods(), 1);
    ASSERT_EQ(job.gpus, 0);
    ASSERT_EQ(job.urgent, 0);
    ASSERT_EQ(job.tenant, 0);
  }
}

TEST(Source, TemplatesHaveTheSpecsSizes) {
  const Workload w = make("skrueue-templates");
  const std::map<int, std::pair<int, int>> sizes = {{1000, {2048, 1800}}, {500, {4096, 2700}},
                                                    {300, {1024, 1500}},  {2000, {8192, 3600}},
                                                    {1500, {6144, 2400}}, {100, {256, 300}}};
  for (const Job& job : draw_jobs(w.view(), {1, 0, 0, 0}, 2000)) {
    ASSERT_EQ(job.memory_limit, 2000);
    const auto size = sizes.find(job.cpu_milli);
    ASSERT_NE(size, sizes.end()) << job.cpu_milli;
    ASSERT_EQ(job.memory_mib, size->second.first);
    ASSERT_EQ(job.run, size->second.second);
  }
}

// Every generated job fits the empty cluster, or it would block its queue for ever.
TEST(Source, EveryGeneratedJobFitsTheEmptyCluster) {
  const ClusterCapacity clusters[] = {default_cluster(),
                                      {8000, 8192, 1, {{2000, 2048, 0, 3}, {2000, 2048, 1, 1}}},
                                      {4000, 4096, 0, {}}};
  for (const ClusterCapacity& cluster : clusters) {
    const Workload w = make_workload(WorkloadConfig{}, cluster);
    CommonView common = w.view().common;
    for (const Job& job : draw_jobs(w.view(), {5, 0, 0, 0}, 20000))
      ASSERT_GE(pods_that_fit(common, job.cpu_milli, job.memory_mib, job.gpus), job.pods());
  }
}

TEST(Source, OverEstimatesAreDrawnFromTheUsersTable) {
  WorkloadConfig config;
  config.estimate = {1000, 3000};
  const Workload w = make_workload(config, default_cluster());
  double sum = 0;
  const std::vector<Job> jobs = draw_jobs(w.view(), {5, 0, 0, 0}, 20000);
  for (const Job& job : jobs) {
    ASSERT_GE(job.estimate, job.run);
    ASSERT_LE(job.estimate, int64_t{3} * job.run);
    sum += static_cast<double>(job.estimate) / job.run;
  }
  // Uniform on [1, 3]: standard deviation 0.577; estimates are cut to seconds.
  EXPECT_NEAR(sum / 20000, 2.0, 4.5 * 0.577 / std::sqrt(20000.0) + 0.005);
}

// Golden: the first 1,000 jobs of every generator, seed 7, member 1, env 2, episode 3. A change
// here changes published results: note it in the changelog.
TEST(Source, FirstJobsMatchGolden) {
  const uint64_t golden[] = {16713320055104538123u, 12666090241232548619u, 11421785635912058913u,
                             9836109065665661367u,  16479087331867996293u, 17838121779295172898u};
  for (size_t i = 0; i < std::size(kGenerators); ++i) {
    const Workload w = make(kGenerators[i]);
    EXPECT_EQ(hash_of(draw_jobs(w.view(), {7, 1, 2, 3}, 1000)), golden[i]) << kGenerators[i];
  }
}

}  // namespace
}  // namespace cusched
