// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "envs/registry.h"
#include "tests/envs/admission_invariants.h"

// Invariants of `admission` on every step of long random runs, in every mode.
namespace cusched {
namespace {

using test::AdmissionLane;

struct Mode {
  const char* name;
  std::vector<EnvValue> settings;
};

EnvValue set(const char* name, const char* value) { return {name, value, "test"}; }

const std::vector<Mode>& modes() {
  static const std::vector<Mode> all = {
      {"Default", {}},
      {"Tick", {set("preset", "skrueue")}},
      {"Templates", {set("preset", "skrueue-templates"), set("load", "1.5")}},
      {"Legacy", {set("preset", "skrueue-legacy")}},
      {"ArrivalOrder", {set("queue-order", "arrival"), set("load", "1.1")}},
      {"MostAllocated", {set("node-choice", "most-allocated"), set("load", "1.5")}},
      {"FirstFit", {set("node-choice", "first-fit"), set("load", "1.5"), set("tenants", "1")}},
      {"FewSlots", {set("slots", "1"), set("load", "1.5")}},
      {"ManySlots", {set("slots", "64"), set("load", "1.5"), set("queue-capacity", "100")}},
      {"TinyCapacities",
       {set("queue-capacity", "1"), set("running-capacity", "1"), set("load", "1.5")}},
      {"SmallCapacities",
       {set("queue-capacity", "7"), set("running-capacity", "5"), set("load", "1.5")}},
      {"NoRetries", {set("backoff-limit", "0"), set("load", "1.5")}},
      {"SmallNodes", {set("nodes", "7x2c8g+1x4c8g1gpu"), set("load", "1.5")}},
      {"JobLimit", {set("job-limit", "40"), set("horizon-s", "0"), set("load", "1.1")}},
      {"Drained", {set("drain", "true"), set("horizon-s", "7200"), set("load", "1.5")}},
      {"Lublin",
       {set("workload", "lublin"), set("nodes", "pool"), set("max-procs", "128"),
        set("queue-order", "arrival")}},
      {"Committed",
       {set("preset", "rlscheduler"), set("workload", "lublin"), set("max-procs", "128"),
        set("job-limit", "200"), set("running-capacity", "128")}},
      {"CommittedBackfill",
       {set("preset", "rlscheduler"), set("workload", "lublin"), set("max-procs", "128"),
        set("job-limit", "200"), set("backfill", "easy-rls"), set("queue-capacity", "50")}},
  };
  return all;
}

class AdmissionInvariants : public testing::TestWithParam<Mode> {};

// What the log says of each job, and that a job that ended is neither waiting nor running.
void check_log(const AdmissionLane& lane) {
  const admission::View& v = lane.view();
  int64_t completed = 0, failed = 0, known = 0;
  for (int i = 0; i < lane.caps.log_jobs; ++i) {
    known += lane.columns.log[i].submit >= 0 ? 1 : 0;
    completed += lane.columns.log[i].outcome == 1 ? 1 : 0;
    failed += lane.columns.log[i].outcome == 2 ? 1 : 0;
  }
  ASSERT_EQ(lane.sums().log_overflow, 0);
  ASSERT_EQ(known, lane.sums().submitted);
  ASSERT_EQ(completed, lane.sums().completed);
  ASSERT_EQ(failed, lane.sums().failed);
  for (int i = 0; i < v.queue_size(); ++i)
    ASSERT_EQ(lane.columns.log[v.job(i).id].outcome, 0) << "job " << v.job(i).id << " waits";
  for (int r = 0; r < v.running(); ++r) {
    const admission::JobLog& log = lane.columns.log[v.running_job(r).id];
    ASSERT_EQ(log.start, v.running_start(r));
    if (!v.p.commit) {
      ASSERT_EQ(log.outcome, 0) << "job " << v.running_job(r).id << " runs";
    }
  }
}

TEST_P(AdmissionInvariants, HoldOnEveryStepOfARandomRun) {
  std::vector<EnvValue> settings = GetParam().settings;
  settings.push_back(set("log-jobs", "60000"));
  AdmissionLane lane(settings);
  std::mt19937 random(7);
  lane.begin(3);
  test::check_invariants(lane);
  int episodes = 0;
  for (int step = 0; step < 2500; ++step) {
    const admission::View& v = lane.view();
    // Mostly something allowed, sometimes anything, also what is masked out or does not exist.
    int item = static_cast<int>(random() % static_cast<uint32_t>(v.c.slots + 2)) - 1;
    if (random() % 4 != 0) item = lane.choose("random-feasible");
    const int32_t before = v.now();
    const bool valid = item < 0 ? v.wait_allowed() : item < v.visible() && v.allowed(item);
    const int64_t invalid = lane.sums().invalid_actions;
    lane.step(item);
    ASSERT_GE(v.now(), before);
    ASSERT_EQ(lane.facts().elapsed_s, v.now() - before);
    ASSERT_EQ(lane.sums().invalid_actions - invalid, valid ? 0 : 1);
    test::check_invariants(lane);
    if (step % 64 == 0) check_log(lane);
    if (HasFatalFailure()) FAIL() << "at step " << step << ", item " << item;
    if (lane.done == Done::kRunning) continue;
    check_log(lane);
    lane.end_episode();
    ASSERT_EQ(lane.sums().submitted,
              lane.sums().completed + lane.sums().failed + lane.sums().unfinished);
    ++episodes;
    lane.begin_next();
    test::check_invariants(lane);
    if (HasFatalFailure()) FAIL() << "after episode " << episodes;
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, AdmissionInvariants, testing::ValuesIn(modes()),
                         [](const auto& info) { return std::string(info.param.name); });

// What the random runs above are to reach: without it the invariants would say little.
TEST(AdmissionEpisode, RandomRunsReachEveryRule) {
  int64_t ooms = 0, failed = 0, queue_full = 0, running_full = 0, gangs = 0, gpus = 0,
          long_queue = 0;
  for (const Mode& mode : modes()) {
    AdmissionLane lane(mode.settings);
    lane.begin(3);
    for (int step = 0; step < 2500 && lane.done == Done::kRunning; ++step) {
      lane.step(lane.choose("random-feasible"));
      const admission::View& v = lane.view();
      for (int r = 0; r < v.running(); ++r) {
        gangs += v.running_job(r).pods() > 1 ? 1 : 0;
        gpus += v.running_job(r).gpus > 0 ? 1 : 0;
      }
      long_queue += v.queue_size() > v.c.slots ? 1 : 0;
    }
    ooms += lane.sums().oom_kills;
    failed += lane.sums().failed;
    queue_full += lane.sums().queue_full;
    running_full += lane.sums().running_full;
  }
  EXPECT_GT(ooms, 20);
  EXPECT_GT(failed, 0);
  EXPECT_GT(queue_full, 20);
  EXPECT_GT(running_full, 20);
  EXPECT_GT(gangs, 100);
  EXPECT_GT(gpus, 100);
  EXPECT_GT(long_queue, 100);
}

// Each baseline to the end of an episode: it drains, and every job is accounted for.
TEST(AdmissionEpisode, DrainsWithEveryBaseline) {
  BatchOptions options;
  options.single_episode = true;
  options.whole_queue = true;
  for (const std::string& name : find_environment("admission").heuristics) {
    AdmissionLane lane({set("horizon-s", "14400"), set("load", "1.1"), set("idle", "true")},
                       options);
    lane.run(name);
    const admission::Sums& sums = lane.sums();
    EXPECT_EQ(lane.done, Done::kTerminated) << name;
    EXPECT_EQ(sums.unfinished, 0) << name;
    EXPECT_GT(sums.submitted, 50) << name;
    EXPECT_EQ(sums.submitted, sums.completed + sums.failed) << name;
    EXPECT_EQ(sums.invalid_actions, 0) << name;
  }
}

// Where a choice is waited for, every job is started, and every choice is one.
TEST(AdmissionEpisode, EveryBaselineServesACommittedQueue) {
  BatchOptions options;
  options.single_episode = true;
  options.whole_queue = true;
  for (const char* backfill : {"none", "easy-rls"}) {
    for (const std::string& name : find_environment("admission").heuristics) {
      AdmissionLane lane({set("preset", "rlscheduler"), set("workload", "lublin"),
                          set("max-procs", "64"), set("job-limit", "200"), set("load", "1.1"),
                          set("running-capacity", "64"), set("backfill", backfill)},
                         options);
      const std::vector<admission::JobLog> log = lane.run(name);
      EXPECT_EQ(lane.done, Done::kTerminated) << name;
      ASSERT_EQ(log.size(), 200u) << name;
      for (const admission::JobLog& job : log) EXPECT_GE(job.start, job.submit) << name;
      EXPECT_EQ(lane.sums().invalid_actions, 0) << name;
      EXPECT_EQ(lane.sums().started, 200) << name;
    }
  }
}

}  // namespace
}  // namespace cusched
