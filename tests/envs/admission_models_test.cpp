// SPDX-License-Identifier: MIT
// GPU models in `admission`: a pod runs only on nodes whose model its job accepts, and nothing that
// looks ahead counts on others.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <random>

#include "envs/baselines/profile.h"
#include "envs/registry.h"
#include "tests/envs/admission_invariants.h"
#include "tests/envs/admission_lane.h"

namespace cusched {
namespace {

using test::AdmissionLane;
using test::make_job;

EnvValue set(const char* name, const std::string& value) { return {name, value, "test"}; }

// Sets of models, on clusters whose first model is A100 and whose second is H100.
enum Wish : uint8_t { kAny, kA100, kH100, kEither };

Job gpu_job(int32_t submit, int32_t run, int gpus, Wish wish, int pods = 1) {
  Job job = make_job(submit, run, 1000, 1024);
  job.gpus = static_cast<int16_t>(gpus);
  job.gpu_model = wish & 15;
  job.set_pods(pods);
  return job;
}

void name_sets(AdmissionLane* lane) {
  lane->params.gpu_sets[kA100] = gpu_model_bit(0);
  lane->params.gpu_sets[kH100] = gpu_model_bit(1);
  lane->params.gpu_sets[kEither] = gpu_model_bit(0) | gpu_model_bit(1);
}

std::vector<EnvValue> nodes(const std::string& text) {
  return {set("nodes", text), set("queue-order", "arrival")};
}

std::vector<int32_t> starts(const std::string& cluster, const std::vector<Job>& jobs,
                            const std::string& heuristic) {
  AdmissionLane lane(nodes(cluster), jobs);
  name_sets(&lane);
  std::vector<int32_t> times;
  for (const admission::JobLog& log : lane.run(heuristic)) times.push_back(log.start);
  return times;
}
using Times = std::vector<int32_t>;

TEST(AdmissionModels, AJobWaitsWhileOnlyAnotherModelIsFree) {
  AdmissionLane lane(
      nodes("1x8c32g2gpu:A100+1x8c32g2gpu:H100+1x8c32g2gpu+1x64c256g"),
      {gpu_job(0, 100, 2, kA100), gpu_job(1, 10, 1, kA100), gpu_job(1, 10, 2, kH100),
       gpu_job(1, 10, 1, kEither), gpu_job(1, 10, 1, kAny), gpu_job(1, 10, 0, kAny)});
  name_sets(&lane);
  lane.begin();
  const admission::View& v = lane.view();
  ASSERT_EQ(v.models(), 2);
  EXPECT_EQ(v.total_gpus_of(0), 2);
  EXPECT_TRUE(v.accepts(v.job(0), 0));
  EXPECT_FALSE(v.accepts(v.job(0), 1));
  EXPECT_FALSE(v.accepts(v.job(0), kNoGpuModel));
  lane.step(0);
  EXPECT_EQ(v.pod_node(v.running_slot(0), 0), 0);
  EXPECT_EQ(v.free_gpus_of(0), 0);
  EXPECT_EQ(v.free_gpus_of(1), 2);
  while (v.now() < 1) lane.step(-1);
  ASSERT_EQ(v.queue_size(), 5);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(v.allowed(i), i > 0) << i;
  EXPECT_EQ(v.ready_s(v.job(0)), 99);
  EXPECT_EQ(v.ready_s(v.job(1)), 0);
  EXPECT_EQ(v.ready_s(gpu_job(1, 10, 3, kEither)), 99);
  EXPECT_EQ(v.ready_s(gpu_job(1, 10, 4, kAny)), 0) << "as many are free";
  EXPECT_EQ(v.ready_s(gpu_job(1, 10, 3, kH100)), admission::kNever);
  test::check_invariants(lane);
  lane.step(1);  // both GPUs of the H100
  for (int i = 0; i < 4; ++i) EXPECT_EQ(v.allowed(i), i > 1) << i;
  lane.step(2);  // any: the node of no model
  EXPECT_EQ(v.pod_node(v.running_slot(2), 0), 2);
  test::check_invariants(lane);
  while (v.now() < 11) lane.step(-1);
  EXPECT_TRUE(v.allowed(1)) << "an H100 will do for job 3";
  EXPECT_FALSE(v.allowed(0));
  while (v.now() < 100) lane.step(-1);
  EXPECT_TRUE(v.allowed(0));
  test::check_invariants(lane);
}

TEST(AdmissionModels, AGangTakesNodesOfItsModelsOnly) {
  const std::string cluster = "2x8c32g2gpu:A100+2x8c32g2gpu:H100";
  AdmissionLane lane(nodes(cluster), {gpu_job(0, 50, 1, kH100, 4), gpu_job(1, 50, 1, kH100, 5),
                                      gpu_job(1, 50, 1, kEither, 5), gpu_job(1, 50, 1, kA100, 4)});
  name_sets(&lane);
  lane.begin();
  const admission::View& v = lane.view();
  ASSERT_TRUE(v.allowed(0));
  lane.step(0);
  for (int pod = 0; pod < 4; ++pod) EXPECT_GE(v.pod_node(v.running_slot(0), pod), 2) << pod;
  while (v.now() < 1) lane.step(-1);
  EXPECT_EQ(v.ready_s(v.job(0)), admission::kNever);
  EXPECT_EQ(v.ready_s(v.job(1)), 49);
  EXPECT_FALSE(v.allowed(0));
  EXPECT_FALSE(v.allowed(1)) << "five of the two models together";
  EXPECT_TRUE(v.allowed(2));
  lane.step(2);
  EXPECT_EQ(v.now(), 51) << "at 50 the A100s are in use, and nothing else waits";
  EXPECT_TRUE(v.allowed(1));
  EXPECT_FALSE(v.allowed(0)) << "there are four H100s";
  test::check_invariants(lane);
}

TEST(AdmissionModels, BackfillingReservesGpusOfTheModel) {
  // Job 0 holds one H100 of two to 100, job 1 both A100s to 60. Job 2 wants two H100s: from 100 on,
  // not from 60. Jobs 3 and 4 would take one; job 3 too long, job 4 ends in time. Job 5 wants an
  // A100, however long: from 60 on, which delays nobody.
  const std::vector<Job> jobs = {gpu_job(0, 100, 1, kH100), gpu_job(0, 60, 2, kA100),
                                 gpu_job(1, 10, 2, kH100),  gpu_job(2, 500, 1, kEither),
                                 gpu_job(2, 90, 1, kAny),   gpu_job(3, 500, 2, kA100)};
  const std::string cluster = "1x8c32g2gpu:A100+1x8c32g2gpu:H100";
  // EASY: job 3 gets an A100 at 60. Job 5 has to wait for it.
  EXPECT_EQ(starts(cluster, jobs, "easy-backfill"), (Times{0, 0, 100, 60, 2, 560}));
  EXPECT_EQ(starts(cluster, jobs, "conservative-backfill"), (Times{0, 0, 100, 60, 2, 560}));
  // Of one model they are all alike: job 2 has its two at 60 and job 3 would delay it.
  std::vector<Job> alike = jobs;
  for (Job& job : alike) job.gpu_model = kAny;
  EXPECT_EQ(starts(cluster, alike, "easy-backfill")[2], 60);
}

TEST(AdmissionModels, TheReservationOfTheHeadIsNeverPutOff) {
  int reservations = 0, backfilled = 0;
  for (uint32_t seed = 1; seed <= 8; ++seed) {
    std::mt19937 random(seed);
    std::vector<Job> jobs;
    int32_t submit = 0;
    for (int i = 0; i < 150; ++i) {
      submit += static_cast<int32_t>(random() % 40);
      const int pods = random() % 4 == 0 ? 2 : 1;
      jobs.push_back(gpu_job(submit, 1 + static_cast<int32_t>(random() % 300),
                             static_cast<int>(random() % 3), static_cast<Wish>(random() % 4),
                             pods));
      if (jobs.back().gpus == 0) jobs.back().gpu_model = kAny;
    }
    AdmissionLane lane(nodes("2x8c32g2gpu:A100+2x8c32g2gpu:H100+1x8c32g1gpu"), jobs);
    name_sets(&lane);
    lane.begin();
    std::vector<int32_t> promised(jobs.size(), INT32_MAX);
    for (int step = 0; lane.done == Done::kRunning && step < 5000; ++step) {
      const admission::View& v = lane.view();
      if (v.queue_size() > 0 && !v.allowed(0)) {
        const baselines::Profile profile{v, v.a.heuristic_scratch};
        profile.build();
        int32_t& promise = promised[static_cast<size_t>(v.job(0).id)];
        const int32_t now = profile.first_fit(v.job(0));
        ASSERT_LE(now, promise) << "the reservation of job " << v.job(0).id << " was put off";
        ASSERT_LE(v.ready_s(v.job(0)), now - v.now()) << "a lower bound";
        promise = now;
        ++reservations;
      }
      const int item = lane.choose("easy-backfill");
      if (item == 0) {
        ASSERT_LE(v.now(), promised[static_cast<size_t>(v.job(0).id)]) << "job " << v.job(0).id;
      }
      backfilled += item > 0 ? 1 : 0;
      lane.step(item);
      test::check_invariants(lane);
      if (HasFatalFailure()) FAIL() << "seed " << seed << ", step " << step;
    }
    ASSERT_EQ(lane.done, Done::kTerminated);
  }
  EXPECT_GT(reservations, 100);
  EXPECT_GT(backfilled, 50);
}

constexpr const char* kMix = R"(name: models
load: 1.5
templates:
  - name: plain
    cpu_milli: [500, 4000]
    run_s: [30, 600]
  - name: any
    run_s: [60, 900]
    gpus: [0, 1, 1]
  - name: a100
    run_s: [60, 900]
    gpus: [0.2, 1, 1]
    gpu_model: A100
    gang: {probability: 0.3, pods: [2, 5]}
    memory_use: [500, 900, 1400]
    memory_limit: 1300
  - name: fast
    run_s: [60, 900]
    gpus: [0, 1, 0, 0, 1]
    gpu_model: H100|B200
mix:
  - rate: 100
    shares: {plain: 2, any: 1, a100: 2, fast: 1}
)";

TEST(AdmissionModels, InvariantsHoldOnEveryStepWithEveryBaseline) {
  const std::string file = testing::TempDir() + "cusched_models.yaml";
  std::ofstream(file) << kMix;
  std::vector<int64_t> started(kGpuSets);
  for (const std::string& name : find_environment("admission").heuristics) {
    for (const char* choice : {"least-allocated", "most-allocated", "first-fit"}) {
      AdmissionLane lane({set("trace", file), set("node-choice", choice),
                          set("nodes", "3x8c32g2gpu:A100+2x8c32g4gpu:H100+1x8c32g2gpu+2x16c64g")});
      lane.begin(5);
      for (int step = 0; step < 250 && lane.done == Done::kRunning; ++step) {
        const int item = lane.choose(name);
        if (item >= 0) ++started[lane.view().job(item).gpu_model];
        lane.step(item);
        test::check_invariants(lane);
        if (HasFatalFailure()) FAIL() << name << ", " << choice << ", step " << step;
      }
    }
  }
  std::remove(file.c_str());
  for (int wish = 0; wish < 3; ++wish) EXPECT_GT(started[static_cast<size_t>(wish)], 100) << wish;
  EXPECT_EQ(started[3], 0) << "two templates name models";
}

}  // namespace
}  // namespace cusched
