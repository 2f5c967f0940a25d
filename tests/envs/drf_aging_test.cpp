// SPDX-License-Identifier: MIT
#include "envs/baselines/drf_aging.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/envs/admission_lane.h"

namespace cusched {
namespace {

using admission::JobLog;
using test::AdmissionLane;
using test::make_job;

EnvValue set(const char* name, const char* value) { return {name, value, "test"}; }

// One node of 16 cores, jobs in order of arrival.
const std::vector<EnvValue> kPool = {set("nodes", "1x16c1024g"), set("queue-order", "arrival")};

std::vector<int32_t> starts_of(const std::vector<JobLog>& log) {
  std::vector<int32_t> starts;
  for (const JobLog& job : log) starts.push_back(job.start);
  return starts;
}
TEST(DrfAging, SharesTheClusterOfThePaper) {
  // Ghodsi et al.: 9 CPU, 18 GB; A wants (1, 4), B (3, 1). A gets 3 tasks, B gets 2.
  for (bool a_first : {true, false}) {
    std::vector<Job> jobs;
    for (int i = 0; i < 12; ++i) {
      const bool a = (i % 2 == 0) == a_first;
      jobs.push_back(a ? make_job(0, 10000, 1000, 4096) : make_job(0, 10000, 3000, 1024));
      jobs.back().tenant = a ? 0 : 1;
    }
    AdmissionLane lane({set("nodes", "1x9c18g")}, jobs);
    lane.begin();
    while (lane.view().now() == 0) lane.step(lane.choose("drf-aging"));
    int started[2] = {};
    for (const JobLog& job : lane.log()) started[job.tenant] += job.start == 0 ? 1 : 0;
    EXPECT_EQ(started[0], 3);
    EXPECT_EQ(started[1], 2);
  }
}

TEST(DrfAging, ServedFirstIsTheHighestKueuePriority) {
  using baselines::DrfAging;
  EXPECT_EQ(DrfAging::kueue_priority(0.6666), -667);
  EXPECT_EQ(DrfAging::kueue_priority(-33.6), 33600);
  EXPECT_GT(DrfAging::kueue_priority(0.25), DrfAging::kueue_priority(1000.25));
  EXPECT_EQ(DrfAging::kueue_priority(1e9), INT32_MIN);
  EXPECT_EQ(DrfAging::kueue_priority(-1e9), INT32_MAX);
}

TEST(DrfAging, ServesUrgentJobsFirstAndAgesWithinAClass) {
  std::vector<Job> jobs = {make_job(0, 40000, 16000), make_job(1, 10, 12000),
                           make_job(36001, 10, 9000), make_job(36002, 10, 16000)};
  jobs[3].urgent = 1;
  AdmissionLane lane(kPool, jobs);
  // Job 1 has the larger share (0.75 to 0.5625) but is ten hours older: 1.0 less.
  EXPECT_EQ(starts_of(lane.run("drf-aging")), (std::vector<int32_t>{0, 40010, 40020, 40000}));
  jobs[1].submit = 35000;  // 17 minutes older: 0.03 less
  AdmissionLane later(kPool, jobs);
  EXPECT_EQ(starts_of(later.run("drf-aging")), (std::vector<int32_t>{0, 40020, 40010, 40000}));
}

TEST(DrfAging, AgingNeverCrossesClasses) {
  Job job = make_job(0, 10, 1000);
  AdmissionLane lane(kPool, {job, make_job(2000000000, 10, 1000)});
  lane.begin();
  lane.step(0);
  while (lane.view().now() < 2000000000) lane.step(-1);
  const double old_normal = baselines::DrfAging::score(lane.view(), job);
  job.urgent = 1;
  job.cpu_milli = 16000;
  job.submit = lane.view().now();
  EXPECT_LT(baselines::DrfAging::score(lane.view(), job), old_normal);
  EXPECT_NEAR(old_normal, 1000.0 + 1.0 / 16.0 - 33.6, 1e-9);
}

// Scores in closed form: 16 processors and 16 GiB, half of them used by tenant 1.
double score_with(std::vector<EnvValue> settings, int32_t age_s, bool urgent, int tenant) {
  settings.push_back(set("nodes", "1x16c16g"));
  Job running = make_job(0, 4000000, 8000, 8192);
  running.tenant = 1;
  AdmissionLane lane(settings, {running, make_job(age_s, 10, 1000)});
  lane.begin();
  lane.step(0);
  while (lane.view().now() < age_s) lane.step(-1);
  Job job = make_job(0, 10, 4000, 1024);
  job.urgent = urgent;
  job.tenant = static_cast<uint8_t>(tenant);
  return baselines::DrfAging::score(lane.view(), job);
}

TEST(DrfAging, ShareIsTheTenantsOrTheJobs) {
  EXPECT_NEAR(score_with({}, 3600, false, 0), 1000.0 + 0.25 - 0.1, 1e-9);
  EXPECT_NEAR(score_with({}, 3600, false, 1), 1000.0 + 0.75 - 0.1, 1e-9);
  const EnvValue job_share = set("drf-aging-share", "job");
  EXPECT_NEAR(score_with({job_share}, 3600, false, 0), 1000.0 + 0.25 - 0.1, 1e-9);
  EXPECT_NEAR(score_with({job_share}, 3600, false, 1), 1000.0 + 0.25 - 0.1, 1e-9);
}

TEST(DrfAging, WeightsAndAgingAreSettings) {
  const std::vector<EnvValue> settings = {
      set("drf-aging-urgent", "-5"), set("drf-aging-normal", "20"),
      set("drf-aging-per-hour", "0.5"), set("drf-aging-max-hours", "40")};
  EXPECT_NEAR(score_with(settings, 7200, false, 1), 20.0 + 0.75 - 1.0, 1e-9);
  EXPECT_NEAR(score_with(settings, 7200, true, 1), -5.0 + 0.75 - 1.0, 1e-9);
  EXPECT_NEAR(score_with(settings, 50 * 3600, true, 0), -5.0 + 0.25 - 20.0, 1e-9);
}

TEST(DrfAging, CrossesClassesOnlyWhereAllowed) {
  // 0.1 x 336 = 33.6: classes 34.6 apart are just too close.
  std::vector<EnvValue> settings = {set("drf-aging-normal", "34.5")};
  EXPECT_THROW(score_with(settings, 3600, false, 0), InputError);
  settings.push_back(set("drf-aging-cross-classes", "true"));
  EXPECT_NEAR(score_with(settings, 400 * 3600, false, 1), 34.5 + 0.75 - 33.6, 1e-9);
  EXPECT_NEAR(score_with({set("drf-aging-normal", "34.7")}, 400 * 3600, false, 1),
              34.7 + 0.75 - 33.6, 1e-9);
}

TEST(DrfAging, RefusesSharesOfBorrowedQuota) {
  try {
    score_with({set("drf-aging-share", "queue_borrowed")}, 3600, false, 0);
    FAIL() << "accepted";
  } catch (const InputError& e) {
    EXPECT_NE(std::string(e.what()).find("drf-aging-share"), std::string::npos) << e.what();
  }
  EXPECT_THROW(score_with({set("drf-aging-share", "tenant")}, 3600, false, 0), InputError);
  EXPECT_THROW(score_with({set("drf-aging-per-hour", "nan")}, 3600, false, 0), InputError);
}

}  // namespace
}  // namespace cusched
