// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>

#include "envs/registry.h"
#include "tests/envs/admission_invariants.h"

// Windows of a trace in `admission`: which are played, and what runs when one begins.
namespace cusched {
namespace {

using test::AdmissionLane;

EnvValue set(const char* name, const std::string& value) { return {name, value, "test"}; }

class AdmissionWindows : public testing::Test {
 protected:
  void TearDown() override { std::remove(path_.c_str()); }

  // Jobs {submit, run, milli-CPU}.
  std::string trace(const std::vector<std::array<int, 3>>& jobs) const {
    std::ofstream csv(path_);
    csv << "submit_s,run_s,cpu_milli,memory_mib\n";
    for (const auto& [submit, run, cpu] : jobs)
      csv << submit << "," << run << "," << cpu << ",100\n";
    return path_;
  }

  std::string path_ = testing::TempDir() + "cusched_windows_" + std::to_string(::getpid()) + ".csv";
};

BatchOptions evaluation(int envs) {
  BatchOptions options;
  options.envs = envs;
  options.single_episode = true;
  return options;
}

// Twenty jobs 10 s apart, of which four still run, or would, when the part held-out begins (160 s).
std::vector<std::array<int, 3>> busy_jobs() {
  std::vector<std::array<int, 3>> jobs;
  for (int i = 0; i < 20; ++i) jobs.push_back({10 * i, 5, 1000});
  jobs[3] = {30, 1000, 3000};
  jobs[5] = {50, 500, 4000};
  jobs[7] = {70, 2000, 2000};  // finds no room
  jobs[9] = {90, 300, 1000};
  jobs[15] = {150, 10, 1000};  // ends in the second in which the window begins
  return jobs;
}

TEST_F(AdmissionWindows, JobsOfBeforeTheWindowHoldTheirNodes) {
  const std::string file = trace(busy_jobs());
  AdmissionLane lane({set("trace", file), set("nodes", "2x4c16g"), set("part", "held-out"),
                      set("length", "4"), set("advance", "tick")},
                     evaluation(1));
  lane.begin();
  const admission::View& v = lane.view();
  EXPECT_EQ(v.now(), 0);
  EXPECT_EQ(v.origin(), 160);
  ASSERT_EQ(v.running(), 3);
  struct Running {
    int32_t submit, start, end;
    int node;
    bool operator==(const Running&) const = default;
  };
  std::map<int, Running> running;
  for (int r = 0; r < v.running(); ++r)
    running[v.running_job(r).id] = {v.running_job(r).submit, v.running_start(r), v.a.run_end[r],
                                    v.pod_node(v.running_slot(r), 0)};
  EXPECT_TRUE((running[3 - 16] == Running{-130, -130, 870, 0}));
  EXPECT_TRUE((running[5 - 16] == Running{-110, -110, 390, 1}));
  EXPECT_TRUE((running[9 - 16] == Running{-70, -70, 230, 0}));
  EXPECT_EQ(v.node(0).free_cpu_milli, 0);
  EXPECT_EQ(v.node(1).free_cpu_milli, 0);
  ASSERT_EQ(v.queue_size(), 1);
  EXPECT_EQ(v.job(0).id, 0);
  test::check_capacity(v);
  test::check_slots(v);
  test::check_ends(v);
  test::check_mask(v);
}

TEST_F(AdmissionWindows, NoMetricCountsThem) {
  const std::string file = trace(busy_jobs());
  AdmissionLane lane(
      {set("trace", file), set("nodes", "2x4c16g"), set("part", "held-out"), set("length", "4")},
      evaluation(1));
  const std::vector<admission::JobLog> log = lane.run("fifo");
  ASSERT_EQ(log.size(), 4u);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(log[i].submit, 10 * i);
    EXPECT_EQ(log[i].start, 230 + 5 * i);  // one after the other on the only free processor
    EXPECT_EQ(log[i].end, 235 + 5 * i);
  }
  // The episode ends with the window's last job, though others still run.
  EXPECT_EQ(lane.view().now(), 250);
  EXPECT_EQ(lane.view().running(), 2);
  EXPECT_EQ(lane.sums().submitted, 4);
  EXPECT_EQ(lane.sums().started, 4);
  EXPECT_EQ(lane.sums().completed, 4);
  EXPECT_EQ(lane.sums().unfinished, 0);
  EXPECT_EQ(lane.sums().wait_s, 230 + 225 + 220 + 215);
}

TEST_F(AdmissionWindows, WithoutWarmUpTheClusterIsEmpty) {
  const std::string file = trace(busy_jobs());
  AdmissionLane lane({set("trace", file), set("nodes", "2x4c16g"), set("part", "held-out"),
                      set("length", "4"), set("warm-up", "none")},
                     evaluation(1));
  EXPECT_EQ(lane.run("fifo")[0].start, 0);
}

// The first jobs of the windows that a batch's lanes play, by their origins.
std::vector<int64_t> origins(const std::vector<EnvValue>& values, const BatchOptions& options) {
  const auto batch = find_environment("admission").create(values, options);
  batch->reset({}, {});
  std::vector<int64_t> found;
  for (int64_t lane = 0; lane < batch->shape().lanes(); ++lane)
    found.push_back(batch->queue({}, lane).origin_s);
  return found;
}

TEST_F(AdmissionWindows, ATrainingDrawsFromItsPartAndAnEvaluationDealsEvenly) {
  std::vector<std::array<int, 3>> jobs;
  for (int i = 0; i < 6000; ++i) jobs.push_back({500 * i, 700, 1000});  // 174 in the first day
  const std::vector<EnvValue> values = {set("trace", trace(jobs)), set("nodes", "2x4c16g")};
  BatchOptions training;
  training.envs = 64;
  const std::vector<int64_t> drawn = origins(values, training);
  EXPECT_GT(std::set<int64_t>(drawn.begin(), drawn.end()).size(), 55u);  // of 4,001
  EXPECT_LE(*std::max_element(drawn.begin(), drawn.end()), 500 * (4200 - 200));
  EXPECT_GT(*std::max_element(drawn.begin(), drawn.end()), 500 * 3500);

  std::vector<EnvValue> judged = values;
  judged.push_back(set("part", "held-out"));
  EXPECT_EQ(origins(judged, evaluation(6)),
            (std::vector<int64_t>{2400000, 2500000, 2600000, 2700000, 2800000, 2900000}));
  const WorkloadSummary s = find_environment("admission").create(judged, evaluation(1))->summary();
  EXPECT_EQ(s.part, "held-out");
  ASSERT_EQ(s.ranges.size(), 1u);
  EXPECT_EQ(s.ranges[0].begin, 4800);
  EXPECT_EQ(s.ranges[0].end, 6000);
  EXPECT_EQ(s.held_out, 4800);
  EXPECT_EQ(s.window_jobs, 200);
  EXPECT_EQ(s.windows, 6);
  EXPECT_EQ(s.warm_up_jobs, 1);
  EXPECT_EQ(s.horizon_s, 0);
}

TEST_F(AdmissionWindows, WhatTheUserSaysOfWindowsCountsMoreThanAPartOfACommand) {
  const std::string file = trace(busy_jobs());
  const auto part = [&](const EnvValue& more) {
    std::vector<EnvValue> values = {set("trace", file), set("nodes", "2x4c16g"), more};
    values.push_back({"part", "held-out", "eval", /*trained=*/true});
    return find_environment("admission").create(values, evaluation(1))->summary().part;
  };
  EXPECT_EQ(part(set("length", "2")), "held-out");
  EXPECT_EQ(part(set("length", "0")), "all");
  EXPECT_EQ(part(set("trace-ranges", "0-20")), "all");
}

// Waiting for nothing would never end an episode without a horizon.
TEST_F(AdmissionWindows, NothingComesAnyMoreSoThatWaitingIsMaskedOut) {
  const std::string file = trace({{0, 5, 1000}, {0, 5, 1000}});
  AdmissionLane lane(
      {set("trace", file), set("nodes", "2x4c16g"), set("length", "0"), set("idle", "true")},
      evaluation(1));
  lane.begin();
  EXPECT_FALSE(lane.view().wait_allowed());  // both are here, nothing runs
  lane.step(0);
  EXPECT_TRUE(lane.view().wait_allowed());
}

}  // namespace
}  // namespace cusched
