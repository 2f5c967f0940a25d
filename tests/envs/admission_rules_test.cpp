// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <string>
#include <vector>

#include "envs/registry.h"
#include "tests/envs/admission_lane.h"
#include "tests/envs/contract_batch.h"

// The rules of `admission` in small cases whose outcome is known.
namespace cusched {
namespace {

using admission::JobLog;
using test::AdmissionLane;
using test::make_job;

EnvValue set(const char* name, const char* value) { return {name, value, "test"}; }

std::vector<int32_t> starts_of(const std::vector<JobLog>& log) {
  std::vector<int32_t> starts;
  for (const JobLog& job : log) starts.push_back(job.start);
  return starts;
}

// ---- OOM ----------------------------------------------------------------------------------------

Job leaking_job() {  // uses twice its request and is killed at one and a half, half-way
  Job job = make_job(0, 1000, 1000, 1000);
  job.memory_use = 2000;
  job.memory_limit = 1500;
  job.oom_point = 500;
  return job;
}

TEST(AdmissionOom, KillsAboveTheLimitRetriesAndFails) {
  AdmissionLane lane({set("nodes", "1x4c4g")}, {leaking_job()});
  const std::vector<JobLog> log = lane.run("fifo");
  EXPECT_EQ(lane.sums().started, 3);
  EXPECT_EQ(lane.sums().oom_kills, 3);
  EXPECT_EQ(lane.sums().failed, 1);
  EXPECT_EQ(lane.sums().completed, 0);
  EXPECT_EQ(log[0].outcome, 2);
  EXPECT_EQ(log[0].start, 1000);  // of the third attempt
  EXPECT_EQ(log[0].end, 1500);
  EXPECT_EQ(lane.sums().memory_actual, 1500 * 1500);  // MiB x s: held to the limit
}

TEST(AdmissionOom, BackoffLimitZeroFailsAtOnce) {
  AdmissionLane lane({set("nodes", "1x4c4g"), set("backoff-limit", "0")}, {leaking_job()});
  EXPECT_EQ(lane.run("fifo")[0].end, 500);
  EXPECT_EQ(lane.sums().started, 1);
  EXPECT_EQ(lane.sums().failed, 1);
}

TEST(AdmissionOom, LetsAJobRunUpToItsLimit) {
  Job job = leaking_job();
  job.memory_use = 1500;
  AdmissionLane lane({set("nodes", "1x4c4g")}, {job});
  EXPECT_EQ(lane.run("fifo")[0].end, 1000);
  EXPECT_EQ(lane.sums().oom_kills, 0);
  EXPECT_EQ(lane.sums().completed, 1);
}

TEST(AdmissionOom, NodePressureKillsTheLargestUseAboveRequest) {
  // A node of 1,024 MiB. Uses 600 (200 above), 330 (30 above) and 150 (none above): 1,080 in all.
  std::vector<Job> jobs = {make_job(0, 100, 100, 400), make_job(0, 100, 100, 300),
                           make_job(0, 100, 100, 150)};
  jobs[0].memory_use = 1500;
  jobs[1].memory_use = 1100;
  AdmissionLane lane({set("nodes", "1x4c1g"), set("queue-order", "arrival")}, jobs);
  lane.begin();
  lane.step(0);
  lane.step(0);
  EXPECT_EQ(lane.view().running(), 2);
  EXPECT_EQ(lane.sums().oom_kills, 0);
  lane.step(0);
  EXPECT_EQ(lane.sums().oom_kills, 1);
  ASSERT_EQ(lane.view().queue_size(), 1);
  EXPECT_EQ(lane.view().job(0).id, 0);
  EXPECT_EQ(lane.view().job(0).attempts, 1);
  EXPECT_EQ(lane.view().node(0).actual_memory_mib, 480);
  EXPECT_EQ(lane.view().node(0).free_memory_mib, 1024 - 450);
  // Its request fits again, and it is killed again until it has failed.
  lane.step(0);
  lane.step(0);
  EXPECT_EQ(lane.sums().oom_kills, 3);
  EXPECT_EQ(lane.sums().failed, 1);
  EXPECT_EQ(lane.view().queue_size(), 0);
}

TEST(AdmissionOom, KilledJobReturnsToItsPlaceInTheQueue) {
  std::vector<Job> jobs = {leaking_job(), make_job(0, 5000, 3000), make_job(100, 10, 4000),
                           make_job(200, 10, 4000)};
  AdmissionLane lane({set("nodes", "1x4c4g"), set("queue-order", "arrival")}, jobs);
  lane.begin();
  lane.step(0);
  lane.step(0);
  while (lane.sums().oom_kills == 0) lane.step(-1);
  ASSERT_EQ(lane.view().now(), 500);
  ASSERT_EQ(lane.view().queue_size(), 3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(lane.view().job(i).id, i == 0 ? 0 : i + 1);
}

// ---- Gangs and capacities -----------------------------------------------------------------------

TEST(AdmissionGang, StartsAllPodsAtOnceOrNone) {
  std::vector<Job> jobs = {make_job(0, 50, 9000), make_job(1, 100, 8000), make_job(2, 10, 1000)};
  jobs[1].set_pods(3);
  AdmissionLane lane({set("nodes", "2x16c16g"), set("queue-order", "arrival")}, jobs);
  // Beside job 0 there is room for two pods of three.
  EXPECT_EQ(starts_of(lane.run("fifo-skip")), (std::vector<int32_t>{0, 50, 2}));
  lane.begin();
  lane.step(0);
  while (lane.view().now() < 2) lane.step(-1);
  ASSERT_EQ(lane.view().job(0).id, 1);
  EXPECT_FALSE(lane.view().allowed(0));
  EXPECT_TRUE(lane.view().allowed(1));
}

TEST(AdmissionCapacity, FullQueueHoldsArrivalsWithTheirSubmitTimes) {
  std::vector<Job> jobs;
  for (int i = 0; i < 8; ++i) jobs.push_back(make_job(i, 100, 4000));
  AdmissionLane lane({set("nodes", "1x4c4g"), set("queue-capacity", "2")}, jobs);
  const std::vector<JobLog> log = lane.run("fifo");
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(log[static_cast<size_t>(i)].submit, i);
    EXPECT_EQ(log[static_cast<size_t>(i)].start, 100 * i);
  }
  EXPECT_GT(lane.sums().queue_full, 0);
  EXPECT_EQ(lane.sums().submitted, 8);
  EXPECT_EQ(lane.sums().completed, 8);
}

TEST(AdmissionCapacity, FullRunningSetBlocksStarts) {
  std::vector<Job> jobs = {make_job(0, 100, 100), make_job(0, 100, 100), make_job(0, 100, 100)};
  AdmissionLane lane({set("nodes", "1x4c4g"), set("running-capacity", "1")}, jobs);
  EXPECT_EQ(starts_of(lane.run("fifo")), (std::vector<int32_t>{0, 100, 200}));
  EXPECT_GT(lane.sums().running_full, 0);
}

// ---- Time ---------------------------------------------------------------------------------------

TEST(AdmissionTime, TicksAndEventsAgreeWhereAllTimesAreTicks) {
  std::vector<Job> jobs;
  for (int i = 0; i < 40; ++i) jobs.push_back(make_job(70 * i, 10 * (1 + i * 7 % 13), 4000));
  for (const char* name : {"fifo", "sjf", "easy-backfill", "conservative-backfill"}) {
    AdmissionLane event({set("nodes", "1x4c4g")}, jobs);
    AdmissionLane tick({set("nodes", "1x4c4g"), set("advance", "tick")}, jobs);
    EXPECT_EQ(starts_of(event.run(name)), starts_of(tick.run(name))) << name;
  }
}

TEST(AdmissionTime, TruncatesAtTheHorizon) {
  for (const char* advance : {"event", "tick"}) {
    BatchOptions options;
    options.stagger = false;
    AdmissionLane lane({set("advance", advance), set("horizon-s", "3605")}, options);
    lane.begin();
    int steps = 0;
    while (lane.done == Done::kRunning) {
      lane.step(lane.choose("random-feasible"));
      ++steps;
    }
    EXPECT_EQ(lane.done, Done::kTruncated) << advance;
    EXPECT_EQ(lane.view().now(), 3605) << advance;
    if (std::string(advance) == "tick") {
      EXPECT_EQ(steps, 361);
    }
  }
}

TEST(AdmissionTime, EventsStopOnlyWhereSomethingCanBeDecided) {
  BatchOptions options;
  options.stagger = false;
  AdmissionLane lane({set("load", "1.5")}, options);
  lane.begin();
  for (int step = 0; step < 3000 && lane.done == Done::kRunning; ++step) {
    bool any = false;
    for (int i = 0; i < lane.view().visible(); ++i) any |= lane.view().allowed(i);
    ASSERT_TRUE(any) << "at step " << step;
    const int32_t before = lane.view().now();
    const int item = lane.choose("random-feasible");
    lane.step(item);
    if (item < 0) {
      ASSERT_GT(lane.view().now(), before) << "waiting takes time";
    }
  }
}

// ---- Observation --------------------------------------------------------------------------------

// The 67 numbers by the text of the specification, in double.
class ObservationOracle {
 public:
  // After each step: what it used and how long it took.
  void add_interval(const admission::Facts& facts) {
    if (facts.elapsed_s == 0) return;
    intervals_.push_back({static_cast<double>(facts.cpu_actual),
                          static_cast<double>(facts.memory_actual),
                          static_cast<double>(facts.elapsed_s)});
    if (intervals_.size() > 10) intervals_.pop_front();
  }

  std::vector<double> expected(const admission::View& v) const {
    const auto clip = [](double x) { return std::clamp(x, 0.0, 1.0); };
    double free_cpu = 0, free_memory = 0, cpu = 0, memory = 0;
    for (int n = 0; n < v.nodes(); ++n) {
      free_cpu += v.node(n).free_cpu_milli;
      free_memory += v.node(n).free_memory_mib;
      cpu += v.capacity(n).cpu_milli;
      memory += v.capacity(n).memory_mib;
    }
    double history_cpu = 0, history_s = 0;
    for (const Interval& i : intervals_) {
      history_cpu += i.cpu;
      history_s += i.seconds;
    }
    const Interval& last = intervals_.back();
    std::vector<double> obs = {clip(free_cpu / cpu),
                               clip(free_memory / memory),
                               clip(last.cpu / last.seconds / cpu),
                               clip(last.memory / last.seconds / memory),
                               clip(v.running() / 100.0),
                               clip(history_cpu / history_s / cpu),
                               -1.0};  // OOM rate: AdmissionOom
    constexpr double kTypes[] = {.8, .7, .6, .5, .4, .2};
    for (int i = 0; i < 10; ++i) {
      if (i >= v.queue_size()) {
        obs.insert(obs.end(), 6, 0.0);
        continue;
      }
      const Job& job = v.job(i);
      obs.push_back(clip(job.pods() * static_cast<double>(job.cpu_milli) / cpu));
      obs.push_back(clip(job.pods() * static_cast<double>(job.memory_mib) / memory));
      obs.push_back(clip(job.priority / 10.0));
      obs.push_back(clip((v.now() - job.submit) / 60.0 / 60.0));
      obs.push_back(clip(job.estimate / 60.0 / 120.0));
      obs.push_back(kTypes[static_cast<int>(job.type)]);
    }
    return obs;
  }
  bool empty() const { return intervals_.empty(); }

 private:
  struct Interval {
    double cpu, memory, seconds;
  };
  std::deque<Interval> intervals_;
};

TEST(AdmissionObservation, IsTheSpecifications67Numbers) {
  for (const char* advance : {"event", "tick"}) {
    BatchOptions options;
    options.stagger = false;
    AdmissionLane lane({set("preset", "skrueue"), set("advance", advance), set("load", "1.1")},
                       options);
    lane.begin();
    ObservationOracle oracle;
    std::vector<float> obs(67);
    for (int step = 0; step < 3000 && lane.done == Done::kRunning; ++step) {
      lane.step(lane.choose("random-feasible"));
      oracle.add_interval(lane.facts());
      if (oracle.empty()) continue;
      lane.observe(obs.data(), nullptr);
      const std::vector<double> expected = oracle.expected(lane.view());
      ASSERT_EQ(expected.size(), obs.size());
      for (size_t i = 0; i < obs.size(); ++i) {
        if (i == 6) {
          ASSERT_GE(obs[i], 0.0f);
          ASSERT_LE(obs[i], 1.0f);
        } else {
          ASSERT_NEAR(obs[i], expected[i], 1e-6) << "number " << i << " at step " << step;
        }
      }
    }
  }
}

TEST(AdmissionObservation, OomRateIsOfTheLastHour) {
  // A job is killed at 500 s, another ends at 600: half of the jobs that ended were killed.
  std::vector<Job> jobs = {leaking_job(), make_job(0, 600, 100), make_job(0, 20000, 100),
                           make_job(700, 20000, 100), make_job(4500, 9, 100)};
  AdmissionLane lane({set("nodes", "1x4c4g"), set("backoff-limit", "0"), set("slots", "10"),
                      set("features", "none")},
                     jobs);
  lane.begin();
  std::vector<float> obs(67);
  while (lane.view().now() < 700) lane.step(lane.view().allowed(0) ? 0 : -1);
  lane.observe(obs.data(), nullptr);
  EXPECT_EQ(obs[6], 0.5f);
  lane.step(0);
  EXPECT_EQ(lane.view().now(), 4500);  // more than an hour later
  lane.observe(obs.data(), nullptr);
  EXPECT_EQ(obs[6], 0.0f);
}

TEST(AdmissionObservation, FinalOneIsOfTheStateBeforeTheNextEpisode) {
  const EnvEntry& env = find_environment("admission");
  const std::vector<EnvValue> settings = {set("horizon-s", "5000"), set("load", "1.1"),
                                          set("slots", "10"), set("features", "none"),
                                          set("window", "head")};
  BatchOptions options;
  options.seed = 5;
  auto batch = env.create(settings, options);
  contract::reset(*batch);
  const contract::Record run = contract::rollout(*batch, "random-feasible", 400);
  AdmissionLane lane(settings, BatchOptions{});
  lane.begin(5);
  std::vector<float> obs(67);
  int truncated = 0;
  for (size_t t = 0; t < 400; ++t) {
    lane.step(run.action[t] == 10 ? -1 : run.action[t]);
    lane.observe(obs.data(), nullptr);
    const bool ended = lane.done != Done::kRunning;
    ASSERT_EQ(ended, run.done[t] != 0);
    const float* const expected =
        ended ? run.final_obs.data() + run.final_index[t] * 67 : run.obs.data() + t * 67;
    ASSERT_TRUE(std::equal(obs.begin(), obs.end(), expected)) << "step " << t;
    if (!ended) continue;
    ++truncated;
    lane.end_episode();
    lane.begin_next();
    lane.observe(obs.data(), nullptr);
    ASSERT_TRUE(std::equal(obs.begin(), obs.end(), run.obs.data() + t * 67)) << "step " << t;
  }
  EXPECT_GE(truncated, 2);
}

}  // namespace
}  // namespace cusched
