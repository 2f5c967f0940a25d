// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cmath>

#include "cli/report/job_waits.h"
#include "cli/report/time_series.h"

// What a report computes from the jobs of episodes.
namespace cusched {
namespace {

using Numbers = std::vector<double>;
using Outcome = JobRecord::Outcome;

JobRecord job(int submit, int start, int end, int gpus, int tenant = 0) {
  JobRecord record;
  record.submit = submit;
  record.start = start;
  record.end = end;
  record.run = end - start;
  record.outcome = end >= 0 ? Outcome::kCompleted : Outcome::kOpen;
  record.gpus = gpus;
  record.cpu_milli = 1500;
  record.tenant = tenant;
  return record;
}

PolicyResult played(const std::string& name, std::vector<EpisodeJobs> jobs) {
  PolicyResult policy;
  policy.name = name;
  policy.jobs = std::move(jobs);
  return policy;
}

TEST(JobWaits, ArePooledOverEpisodes) {
  // The second one never starts: it counts with its age at the end.
  const PolicyResult policy =
      played("a", {{{job(0, 5, 20, 1), job(10, -1, -1, 1)}, 40}, {{job(3, 3, 9, 2)}, 9}});
  EXPECT_EQ(waits_of(policy), (Numbers{5, 30, 0}));
  EXPECT_EQ(waits_of(policy, [](const JobRecord& j) { return j.gpus == 2; }), (Numbers{0}));
  const WaitStatistics waits = wait_statistics({5, 30, 0});
  EXPECT_EQ(waits.jobs, 3);
  EXPECT_DOUBLE_EQ(waits.mean, 35.0 / 3);
  EXPECT_EQ(waits.p50, 5);
  EXPECT_DOUBLE_EQ(waits.p95, 27.5);
  EXPECT_EQ(waits.most, 30);
  EXPECT_TRUE(std::isnan(wait_statistics({}).mean));
}

TEST(JobWaits, EcdfHasAStepPerValue) {
  const StepFunction steps = ecdf({3, 0, 3, 10}, 400);
  EXPECT_EQ(steps.x, (Numbers{0, 3, 10}));
  EXPECT_EQ(steps.y, (Numbers{0.25, 0.75, 1}));
  EXPECT_TRUE(ecdf({}, 400).x.empty());
}

TEST(JobWaits, EcdfOfManyKeepsFewPointsOnTheCurve) {
  Numbers samples;
  for (int i = 0; i < 10000; ++i) samples.push_back(9999 - i);
  const StepFunction steps = ecdf(samples, 400);
  EXPECT_LE(steps.x.size(), 402u);
  EXPECT_GE(steps.x.size(), 390u);
  EXPECT_EQ(steps.x.front(), 0);
  EXPECT_EQ(steps.x.back(), 9999);
  EXPECT_EQ(steps.y.back(), 1);
  for (size_t i = 0; i < steps.x.size(); ++i)
    EXPECT_DOUBLE_EQ(steps.y[i], (steps.x[i] + 1) / 10000);
}

TEST(JobWaits, GroupsBySizeAndTenant) {
  Evaluation e;
  e.policies = {
      played("a",
             {{{job(0, 1, 5, 0), job(0, 2, 5, 1), job(0, 3, 5, 3, 1), job(0, 5, 6, 4, 1)}, 6}}),
      played("none", {})};
  const std::vector<JobGrouping> groupings = job_groupings(e);
  ASSERT_EQ(groupings.size(), 2u);  // urgency and priority are the same for all
  EXPECT_EQ(groupings[0].title, "By GPUs of a job");
  EXPECT_EQ(groupings[0].groups, (std::vector<std::string>{"no GPU", "1 GPU", "3–4 GPUs"}));
  EXPECT_EQ(groupings[0].waits[2][0].jobs, 2);
  EXPECT_EQ(groupings[0].waits[2][0].mean, 4);
  EXPECT_EQ(groupings[0].waits[0][1].jobs, 0);
  EXPECT_EQ(groupings[1].title, "By tenant");
  EXPECT_EQ(groupings[1].groups, (std::vector<std::string>{"tenant 0", "tenant 1"}));
  EXPECT_EQ(groupings[1].waits[0][0].mean, 1.5);
  EXPECT_TRUE(job_groupings({}).empty());
}

TEST(JobWaits, GroupsByCoresWhereThereAreNoGpus) {
  Evaluation e;
  e.policies = {played("a", {{{job(0, 1, 5, 0), job(0, 2, 5, 0), job(0, 2, 5, 0)}, 6}})};
  e.policies[0].jobs[0].jobs[1].cpu_milli = 1000;
  e.policies[0].jobs[0].jobs[2].cpu_milli = 5000;
  const std::vector<JobGrouping> groupings = job_groupings(e);
  ASSERT_EQ(groupings.size(), 1u);
  EXPECT_EQ(groupings[0].groups,
            (std::vector<std::string>{"up to 1 core", "over 1 to 4 cores", "over 4 to 16 cores"}));
}

TEST(JobWaits, ManyTenantsAreTakenTogether) {
  Evaluation e;
  EpisodeJobs jobs;
  for (int tenant = 0; tenant < 12; ++tenant)
    for (int i = 0; i <= tenant; ++i) jobs.jobs.push_back(job(0, 1, 2, 1, tenant));
  e.policies = {played("a", {jobs})};
  const std::vector<JobGrouping> groupings = job_groupings(e);
  ASSERT_EQ(groupings.size(), 1u);
  // The largest seven in their order, then the rest.
  EXPECT_EQ(groupings[0].groups.front(), "tenant 5");
  EXPECT_EQ(groupings[0].groups[6], "tenant 11");
  EXPECT_EQ(groupings[0].groups.back(), "5 others");
  EXPECT_EQ(groupings[0].waits.back()[0].jobs, 1 + 2 + 3 + 4 + 5);
}

TEST(TimeSeries, MeansOverEqualParts) {
  const EpisodeJobs episode = {{job(0, 10, 20, 2), job(5, 5, 12, 1), job(15, -1, -1, 4)}, 40};
  // Waiting: the first one to 10, the last one from 15 to the end.
  EXPECT_EQ(binned(episode, JobQuantity::kWaiting, 40, 4), (Numbers{1, 0.5, 1, 1}));
  EXPECT_EQ(binned(episode, JobQuantity::kGpus, 40, 4), (Numbers{0.5, 2.2, 0, 0}));
  EXPECT_EQ(binned(episode, JobQuantity::kCores, 40, 4), (Numbers{0.75, 1.8, 0, 0}));
  // Beyond the end nothing waits; what lies behind the last part is left out.
  EXPECT_EQ(binned(episode, JobQuantity::kWaiting, 80, 2), (Numbers{0.875, 0}));
  EXPECT_EQ(binned(episode, JobQuantity::kWaiting, 10, 1), (Numbers{1}));
  EXPECT_EQ(binned({}, JobQuantity::kWaiting, 0, 2), (Numbers{0, 0}));
}

TEST(TimeSeries, ARunningJobHoldsItsShareToTheEnd) {
  EXPECT_EQ(binned({{job(0, 10, -1, 3)}, 20}, JobQuantity::kGpus, 20, 2), (Numbers{0, 3}));
}

TEST(TimeSeries, EpisodesOfSimilarLengthHaveAMean) {
  const EpisodeJobs one = {{job(0, 10, 20, 2)}, 20}, other = {{job(0, 0, 10, 4)}, 10};
  EXPECT_EQ(mean_binned({one, other}, JobQuantity::kGpus, 20, 2), (Numbers{2, 1}));
  const EpisodeJobs longer = {{}, 21};
  EXPECT_TRUE(mean_binned({longer, other}, JobQuantity::kGpus, 20, 2).empty());
  EXPECT_TRUE(mean_binned({one}, JobQuantity::kGpus, 20, 2).empty());
}

}  // namespace
}  // namespace cusched
