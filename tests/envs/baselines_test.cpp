// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "envs/baselines/f1.h"
#include "envs/baselines/fcfs.h"
#include "envs/baselines/profile.h"
#include "envs/baselines/sjf.h"
#include "envs/baselines/unicep.h"
#include "envs/baselines/unicep_rls.h"
#include "envs/baselines/wfp3.h"
#include "envs/baselines/wfp3_rls.h"
#include "envs/registry.h"
#include "tests/envs/admission_lane.h"

// Baselines against closed forms and independent, slow implementations.
namespace cusched {
namespace {

using admission::JobLog;
using test::AdmissionLane;
using test::make_job;

EnvValue set(const char* name, const char* value) { return {name, value, "test"}; }

// One node of 16 cores, jobs in order of arrival.
const std::vector<EnvValue> kPool = {set("nodes", "1x16c1024g"), set("queue-order", "arrival")};

// Jobs of 1..`widest` cores; `lies`: estimates are up to three times the run time.
std::vector<Job> random_jobs(uint32_t seed, int count, int widest, int gap_s, bool lies = false) {
  std::mt19937 random(seed);
  const auto upto = [&](int n) {
    return 1 + static_cast<int>(random() % static_cast<uint32_t>(n));
  };
  std::vector<Job> jobs;
  int32_t submit = 0;
  for (int i = 0; i < count; ++i) {
    if (i > 0 && random() % 3 != 0) submit += upto(gap_s) - 1;
    Job job = make_job(submit, upto(200), 1000 * upto(widest));
    if (lies) job.estimate = job.run * upto(3);
    jobs.push_back(job);
  }
  return jobs;
}

std::vector<int32_t> starts_of(const std::vector<JobLog>& log) {
  std::vector<int32_t> starts;
  for (const JobLog& job : log) starts.push_back(job.start);
  return starts;
}

double mean_wait(const std::vector<JobLog>& log) {
  double sum = 0;
  for (const JobLog& job : log) sum += job.start - job.submit;
  return sum / static_cast<double>(log.size());
}

// ---- Order --------------------------------------------------------------------------------------

TEST(Fifo, OnOneMachineIsLindleysRecursion) {
  for (uint32_t seed = 1; seed <= 5; ++seed) {
    std::vector<Job> jobs = random_jobs(seed, 300, 1, 250);
    for (Job& job : jobs) job.cpu_milli = 16000;
    std::vector<int32_t> expected;
    int32_t free_at = 0;
    for (const Job& job : jobs) {
      expected.push_back(std::max(job.submit, free_at));
      free_at = expected.back() + job.run;
    }
    EXPECT_EQ(starts_of(AdmissionLane(kPool, jobs).run("fifo")), expected) << seed;
    // Every other order that only looks at arrivals is the same there.
    for (const char* same : {"fifo-skip", "fcfs", "easy-backfill", "conservative-backfill"})
      EXPECT_EQ(starts_of(AdmissionLane(kPool, jobs).run(same)), expected) << same;
  }
}

TEST(Fifo, HeadBlocksAndFifoSkipPassesIt) {
  const std::vector<Job> jobs = {make_job(0, 100, 10000), make_job(1, 50, 10000),
                                 make_job(2, 10, 4000)};
  EXPECT_EQ(starts_of(AdmissionLane(kPool, jobs).run("fifo")), (std::vector<int32_t>{0, 100, 100}));
  EXPECT_EQ(starts_of(AdmissionLane(kPool, jobs).run("fifo-skip")),
            (std::vector<int32_t>{0, 100, 2}));
}

TEST(Fifo, OrderIsByArrivalWhateverThePriority) {
  std::vector<Job> jobs = {make_job(0, 100, 16000), make_job(1, 100, 16000),
                           make_job(2, 100, 16000)};
  jobs[2].priority = 9;
  const std::vector<EnvValue> by_priority = {set("nodes", "1x16c1024g")};
  EXPECT_EQ(starts_of(AdmissionLane(by_priority, jobs).run("fifo")),
            (std::vector<int32_t>{0, 100, 200}));
  EXPECT_EQ(starts_of(AdmissionLane(by_priority, jobs).run("fifo-skip")),
            (std::vector<int32_t>{0, 100, 200}));
  EXPECT_EQ(starts_of(AdmissionLane(by_priority, jobs).run("priority")),
            (std::vector<int32_t>{0, 200, 100}));
  EXPECT_EQ(starts_of(AdmissionLane(kPool, jobs).run("priority")),
            (std::vector<int32_t>{0, 200, 100}));
}

TEST(Sjf, MeanWaitIsLeastOnOneMachineWhenAllJobsArePresent) {
  for (uint32_t seed = 1; seed <= 5; ++seed) {
    std::vector<Job> jobs = random_jobs(seed, 100, 1, 1);
    for (Job& job : jobs) job.cpu_milli = 16000;
    const double sjf = mean_wait(AdmissionLane(kPool, jobs).run("sjf"));
    for (const std::string& name : find_environment("admission").heuristics)
      EXPECT_LE(sjf, mean_wait(AdmissionLane(kPool, jobs).run(name))) << name;
    // Its closed form: the k-th shortest waits for all shorter ones.
    std::vector<int32_t> runs;
    for (const Job& job : jobs) runs.push_back(job.run);
    std::sort(runs.begin(), runs.end());
    double expected = 0, before = 0;
    for (int32_t run : runs) {
      expected += before / static_cast<double>(runs.size());
      before += run;
    }
    EXPECT_NEAR(sjf, expected, 1e-9 * expected);
  }
}

TEST(SizeOrders, TakeTheSmallestAndTheLargestShareOfTheCluster) {
  std::vector<Job> jobs = {make_job(0, 100, 16000), make_job(1, 100, 8000, 512),
                           make_job(1, 100, 1000, 800 * 1024), make_job(1, 100, 9000, 512)};
  // Shares 8/16, 800/1024, 9/16: no two fit at once but the second and a third.
  EXPECT_EQ(starts_of(AdmissionLane(kPool, jobs).run("smallest-first")),
            (std::vector<int32_t>{0, 100, 100, 200}));
  EXPECT_EQ(starts_of(AdmissionLane(kPool, jobs).run("largest-first")),
            (std::vector<int32_t>{0, 200, 100, 100}));
}

TEST(Saf, TakesTheSmallestShareOfTheClusterTimesRunTime) {
  std::vector<Job> jobs = {make_job(0, 100, 16000), make_job(1, 100, 9000, 512),
                           make_job(1, 200, 8000, 512), make_job(1, 10, 1000, 1024 * 1024)};
  // Areas 100 x 9/16, 200 x 8/16 and, by memory, 10 x 1.
  EXPECT_EQ(starts_of(AdmissionLane(kPool, jobs).run("saf")),
            (std::vector<int32_t>{0, 110, 210, 100}));
}

TEST(BestFit, TakesTheTightestPairOfJobAndNode) {
  // Free after the first two: 1 of 4 cores on the small node, 8 of 16 on the large one.
  std::vector<Job> jobs = {make_job(0, 100, 8000), make_job(0, 100, 3000), make_job(5, 100, 500),
                           make_job(5, 100, 1000), make_job(5, 100, 4000)};
  AdmissionLane lane({set("nodes", "1x4c4g+1x16c4g"), set("node-choice", "most-allocated")}, jobs);
  lane.begin();
  lane.step(0);
  lane.step(0);
  while (lane.view().queue_size() < 3) lane.step(-1);
  ASSERT_EQ(lane.view().node(0).free_cpu_milli, 1000);
  EXPECT_EQ(lane.view().job(lane.choose("best-fit")).id, 3);  // fills the small node
}

TEST(Scores, AreTheirFormulas) {
  const std::vector<Job> jobs = {make_job(0, 1000, 16000), make_job(10, 77, 3000),
                                 make_job(25, 500, 1000), make_job(600, 3600, 12000)};
  AdmissionLane lane(kPool, jobs);
  lane.begin();
  lane.step(0);
  while (lane.view().queue_size() < 3) lane.step(-1);
  const admission::View& v = lane.view();
  ASSERT_EQ(v.now(), 1000) << "nothing fits before";
  const auto near = [](double a, double b) { EXPECT_NEAR(a, b, 1e-12 * std::abs(b)); };
  for (int i = 0; i < 3; ++i) {
    const Job& job = v.job(i);
    const double procs = job.cpu_milli / 1000.0, request = job.estimate;
    const double submit = static_cast<double>(v.origin()) + job.submit, wait = 1000 - job.submit;
    near(baselines::Wfp3::score(v, i), -std::pow(wait / request, 3) * procs);
    near(baselines::Wfp3Rls::score(v, i), -std::pow((-1 - submit) / request, 3) * procs);
    near(baselines::Unicep::score(v, i), -(wait + 1e-15) / (std::log2(procs + 1e-15) * request));
    near(baselines::UnicepRls::score(v, i),
         -(-1 - submit + 1e-15) / (std::log2(procs + 1e-15) * request));
    near(baselines::F1::score(v, i),
         std::log10(request) * procs + 870 * std::log10(submit > 0 ? submit : 0.1));
    EXPECT_EQ(baselines::Sjf::score(v, i), request);
    EXPECT_EQ(baselines::Fcfs::score(v, i), job.submit);
  }
}

// ---- Backfilling --------------------------------------------------------------------------------

struct Running {
  int32_t end, expected_end, procs;
};

// EASY on one pool, written without looking at the other one.
std::vector<int32_t> easy_oracle(const std::vector<Job>& jobs, int procs) {
  std::vector<int32_t> starts(jobs.size(), -1);
  std::vector<size_t> queue;
  std::vector<Running> running;
  int free = procs;
  size_t next = 0;
  for (int32_t now = 0; next < jobs.size() || !queue.empty();) {
    std::erase_if(running, [&](const Running& r) {
      if (r.end > now) return false;
      free += r.procs;
      return true;
    });
    for (; next < jobs.size() && jobs[next].submit <= now; ++next) queue.push_back(next);
    const auto size = [&](size_t job) { return jobs[job].cpu_milli / 1000; };
    const auto start = [&](size_t at) {
      const Job& job = jobs[queue[at]];
      starts[queue[at]] = now;
      free -= size(queue[at]);
      running.push_back({now + job.run, now + job.estimate, size(queue[at])});
      queue.erase(queue.begin() + static_cast<int64_t>(at));
    };
    for (bool started = true; started && !queue.empty();) {
      started = false;
      if (size(queue[0]) <= free) {
        start(0);
        started = true;
        continue;
      }
      std::vector<Running> order = running;
      for (Running& r : order) r.expected_end = std::max(r.expected_end, now + 1);
      std::sort(order.begin(), order.end(),
                [](const Running& a, const Running& b) { return a.expected_end < b.expected_end; });
      int32_t shadow = now;
      int then = free;
      for (const Running& r : order) {
        if (then >= size(queue[0]) && r.expected_end != shadow) break;
        shadow = r.expected_end;
        then += r.procs;
      }
      const int extra = then - size(queue[0]);
      for (size_t at = 1; at < queue.size() && !started; ++at) {
        const Job& job = jobs[queue[at]];
        if (size(queue[at]) > free) continue;
        if (now + job.estimate <= shadow || size(queue[at]) <= extra) {
          start(at);
          started = true;
        }
      }
    }
    int32_t then = INT32_MAX;
    if (next < jobs.size()) then = jobs[next].submit;
    for (const Running& r : running) then = std::min(then, r.end);
    now = std::max(then, now);
  }
  return starts;
}

TEST(EasyBackfill, MatchesAnIndependentImplementation) {
  int different = 0;
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    const std::vector<Job> jobs = random_jobs(seed, 200, 16, 60, seed % 2 == 0);
    const std::vector<int32_t> expected = easy_oracle(jobs, 16);
    EXPECT_EQ(starts_of(AdmissionLane(kPool, jobs).run("easy-backfill")), expected) << seed;
    different += expected != starts_of(AdmissionLane(kPool, jobs).run("fifo")) ? 1 : 0;
  }
  EXPECT_EQ(different, 20) << "nothing was backfilled";
}

// Conservative backfilling on one pool with exact estimates: each job in turn at the earliest time
// at which it fits among those before it, second by second.
std::vector<int32_t> conservative_oracle(const std::vector<Job>& jobs, int procs) {
  std::vector<int> used(200000);
  std::vector<int32_t> starts;
  for (const Job& job : jobs) {
    const int size = job.cpu_milli / 1000;
    int32_t start = job.submit;
    for (int32_t t = start; t < start + job.run; ++t)
      if (used[static_cast<size_t>(t)] + size > procs) start = t + 1;
    for (int32_t t = start; t < start + job.run; ++t) used[static_cast<size_t>(t)] += size;
    starts.push_back(start);
  }
  return starts;
}

TEST(ConservativeBackfill, MatchesASecondBySecondProfile) {
  int different = 0;
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    const std::vector<Job> jobs = random_jobs(seed, 64, 16, 60);
    const std::vector<int32_t> expected = conservative_oracle(jobs, 16);
    EXPECT_EQ(starts_of(AdmissionLane(kPool, jobs).run("conservative-backfill")), expected) << seed;
    different += expected != starts_of(AdmissionLane(kPool, jobs).run("easy-backfill")) ? 1 : 0;
  }
  EXPECT_GT(different, 10) << "the same as EASY";
}

TEST(ConservativeBackfill, StartsNoJobLaterThanFifoWithExactEstimates) {
  for (uint32_t seed = 21; seed <= 40; ++seed) {
    const std::vector<Job> jobs = random_jobs(seed, 64, 16, 60);
    const std::vector<int32_t> fifo = starts_of(AdmissionLane(kPool, jobs).run("fifo"));
    const std::vector<int32_t> starts =
        starts_of(AdmissionLane(kPool, jobs).run("conservative-backfill"));
    for (size_t i = 0; i < jobs.size(); ++i) ASSERT_LE(starts[i], fifo[i]) << "job " << i;
  }
}

// Jobs with memory, GPUs and gangs on several nodes.
std::vector<Job> mixed_jobs(uint32_t seed, int count) {
  std::vector<Job> jobs = random_jobs(seed, count, 8, 40);
  std::mt19937 random(seed + 1000);
  for (Job& job : jobs) {
    job.memory_mib = static_cast<int32_t>(random() % 16384);
    if (random() % 4 == 0) job.gpus = static_cast<int16_t>(random() % 3);
    if (job.gpus > 0 || random() % 4 == 0) job.set_pods(static_cast<int>(1 + random() % 4));
    if (job.pods() > 1) {  // so that it fits an empty cluster
      job.gpus = std::min<int16_t>(job.gpus, 1);
      job.cpu_milli = std::min(job.cpu_milli, 4000);
      job.memory_mib = std::min(job.memory_mib, 8192);
    }
  }
  return jobs;
}

TEST(EasyBackfill, StartsTheHeadByItsReservationOnManyNodes) {
  const std::vector<EnvValue> nodes = {set("nodes", "2x8c32g2gpu+3x8c16g+1x16c16g"),
                                       set("queue-order", "arrival")};
  int reservations = 0, backfilled = 0;
  for (uint32_t seed = 1; seed <= 10; ++seed) {
    AdmissionLane lane(nodes, mixed_jobs(seed, 150));
    lane.begin();
    std::vector<int32_t> promised(150, INT32_MAX);
    for (int step = 0; lane.done == Done::kRunning && step < 5000; ++step) {
      const admission::View& v = lane.view();
      if (v.queue_size() > 0 && !v.allowed(0)) {
        const baselines::Profile profile{v, v.a.heuristic_scratch};
        profile.build();
        int32_t& promise = promised[static_cast<size_t>(v.job(0).id)];
        const int32_t now = profile.first_fit(v.job(0));
        ASSERT_LE(now, promise) << "the reservation of job " << v.job(0).id << " was put off";
        promise = now;
        ++reservations;
      }
      const int item = lane.choose("easy-backfill");
      if (item == 0) {
        ASSERT_LE(v.now(), promised[static_cast<size_t>(v.job(0).id)]) << "job " << v.job(0).id;
      }
      backfilled += item > 0 ? 1 : 0;
      lane.step(item);
    }
    ASSERT_EQ(lane.done, Done::kTerminated);
  }
  EXPECT_GT(reservations, 100);
  EXPECT_GT(backfilled, 100);
}

TEST(Backfilling, LooksAtNodesNotOnlyAtSums) {
  // Two nodes of 8 cores. Job 0 holds one to 100, job 1 the other to 50, both to 6 cores. Job 2
  // wants 8 cores of one node: from 50 on. Job 3 fits beside job 0 for 200 s and delays nothing
  // there; beside job 1 it would.
  std::vector<Job> jobs = {make_job(0, 100, 6000), make_job(0, 50, 6000), make_job(1, 10, 8000),
                           make_job(2, 200, 2000)};
  for (const char* name : {"easy-backfill", "conservative-backfill"}) {
    // First fit puts job 3 on the first node, beside job 0.
    AdmissionLane first(
        {set("nodes", "2x8c8g"), set("queue-order", "arrival"), set("node-choice", "first-fit")},
        jobs);
    EXPECT_EQ(starts_of(first.run(name)), (std::vector<int32_t>{0, 0, 50, 2})) << name;
    // With the two first jobs in the other order, it would go beside the one that ends first.
    std::vector<Job> other = jobs;
    std::swap(other[0], other[1]);
    AdmissionLane second(
        {set("nodes", "2x8c8g"), set("queue-order", "arrival"), set("node-choice", "first-fit")},
        other);
    EXPECT_EQ(starts_of(second.run(name)), (std::vector<int32_t>{0, 0, 50, 50})) << name;
  }
}

TEST(Backfilling, ReservesForAllPodsOfAGang) {
  // Job 1: 3 pods of 4 cores on two nodes of 8; only one fits beside job 0 on its node, two on the
  // other. Job 2 of 4 cores would take a pod's place until 200.
  std::vector<Job> jobs = {make_job(0, 100, 6000), make_job(1, 50, 4000), make_job(2, 198, 4000),
                           make_job(2, 90, 4000)};
  jobs[1].set_pods(3);
  for (const char* name : {"easy-backfill", "conservative-backfill"}) {
    AdmissionLane lane({set("nodes", "2x8c8g"), set("queue-order", "arrival")}, jobs);
    // Three pods and job 2's make 16 cores: at 100 all four fit, so job 2 may start at once, and
    // job 3 beside it ends in time.
    EXPECT_EQ(starts_of(lane.run(name)), (std::vector<int32_t>{0, 100, 2, 2})) << name;
    jobs[2].cpu_milli = 5000;  // leaves place for two pods only
    AdmissionLane larger({set("nodes", "2x8c8g"), set("queue-order", "arrival")}, jobs);
    EXPECT_EQ(starts_of(larger.run(name)), (std::vector<int32_t>{0, 100, 150, 2})) << name;
    jobs[2].cpu_milli = 4000;
  }
}

}  // namespace
}  // namespace cusched
