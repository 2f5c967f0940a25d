// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "tests/envs/admission_lane.h"

// When there will be room for a waiting job, by the estimates of the running ones.
namespace cusched {
namespace {

using admission::View;
using test::AdmissionLane;
using test::make_job;

EnvValue set(const char* name, const char* value) { return {name, value, "test"}; }

TEST(AdmissionReady, AddsUpWhatRunningJobsGiveBack) {
  std::vector<Job> jobs = {make_job(0, 100, 3000, 8192), make_job(0, 50, 1000)};
  jobs[1].estimate = 20;                  // runs over its estimate
  jobs.push_back(make_job(0, 10, 4000));  // 2: needs what both have
  jobs.push_back(make_job(0, 10, 1000));  // 3: the second's is enough
  jobs.push_back(make_job(0, 10, 0, 1));  // 4: the first has all the memory
  jobs.push_back(make_job(0, 10, 4001));  // 5: more than the cluster has
  AdmissionLane lane({set("nodes", "1x4c8g"), set("queue-order", "arrival"), set("advance", "tick"),
                      set("tick-s", "10"), set("features", "ready")},
                     jobs);
  lane.begin();
  EXPECT_EQ(lane.view().ready_s(jobs[2]), 0);
  EXPECT_EQ(lane.view().ready_s(jobs[5]), admission::kNever);
  lane.step(0);  // from 0 to 100 s
  lane.step(0);  // from 10 s, by its estimate to 30 s
  ASSERT_EQ(lane.view().running(), 2);
  ASSERT_EQ(lane.view().now(), 20);
  EXPECT_EQ(lane.view().ready_s(jobs[2]), 80);
  EXPECT_EQ(lane.view().ready_s(jobs[3]), 10);
  EXPECT_EQ(lane.view().ready_s(jobs[4]), 80);
  EXPECT_EQ(lane.view().ready_s(jobs[5]), admission::kNever);
  lane.step(-1);
  lane.step(-1);
  ASSERT_EQ(lane.view().now(), 40);
  EXPECT_EQ(lane.view().ready_s(jobs[2]), 60);
  EXPECT_EQ(lane.view().ready_s(jobs[3]), 1);  // over its estimate: any second now
}

// The same by sorting the ends of all running jobs.
int32_t ready_by_sorting(const View& view, const Job& job) {
  int64_t free = view.node(0).free_cpu_milli;
  std::vector<std::pair<int32_t, int64_t>> ends;
  for (int r = 0; r < view.running(); ++r)
    ends.emplace_back(
        std::max(view.running_start(r) + view.running_job(r).estimate - view.now(), 1),
        view.running_job(r).cpu_milli);
  std::sort(ends.begin(), ends.end());
  int32_t ready = 0;
  for (size_t i = 0; free < job.cpu_milli; free += ends.at(i++).second) ready = ends.at(i).first;
  return ready;
}

TEST(AdmissionReady, AgreesWithSortedEndsAndIsWhatAPolicySees) {
  AdmissionLane lane({set("preset", "rlscheduler"), set("workload", "lublin"),
                      set("max-procs", "64"), set("job-limit", "400"), set("load", "1.1"),
                      set("features", "fits,scales,ready"), set("slots", "8")},
                     BatchOptions{});
  lane.begin(7);
  ASSERT_EQ(lane.caps.slot_features, 13);
  std::vector<float> obs(static_cast<size_t>(7 + 8 * 13));
  int waits = 0;
  while (lane.done == Done::kRunning) {
    const View& view = lane.view();
    lane.observe(obs.data(), nullptr);
    for (int i = 0; i < std::min(view.queue_size(), 8); ++i) {
      const int32_t ready = ready_by_sorting(view, view.job(i));
      ASSERT_EQ(view.ready_s(view.job(i)), ready);
      ASSERT_EQ(ready == 0, view.fits(view.job(i)));
      const auto seconds = static_cast<float>(ready);
      const float* const features = obs.data() + 7 + i * 13 + 11;
      ASSERT_EQ(features[0], seconds / (seconds + 600.0f));
      ASSERT_EQ(features[1], seconds / (seconds + 36000.0f));
      waits += ready > 0;
    }
    lane.step(lane.choose("sjf"));
  }
  EXPECT_GT(waits, 100);
}

}  // namespace
}  // namespace cusched
