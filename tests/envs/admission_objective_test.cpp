// SPDX-License-Identifier: MIT
// Objectives of `admission`: the sums over an episode of what a reward term counts are what its
// jobs' log says.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "envs/registry.h"
#include "envs/rewards/gang_wait.h"
#include "envs/rewards/gpu_utilization.h"
#include "envs/rewards/slowdown.h"
#include "envs/rewards/wait_squares.h"
#include "envs/rewards/waiting.h"
#include "tests/envs/admission_lane.h"

namespace cusched {
namespace {

using test::AdmissionLane;
using test::make_job;

EnvValue set(const std::string& name, const std::string& value) { return {name, value, "test"}; }

// What the steps of an episode say together.
struct Episode {
  int64_t queue_s = 0, gang_queue_s = 0, squares = 0, slowdown_q32 = 0, gpu_reserved = 0;
  double waiting = 0, wait_squares = 0, gang_wait = 0, slowdown = 0,
         gpu_utilization = 0;  // rewards
  std::vector<admission::JobLog> log;
};

Episode play(AdmissionLane& lane, const std::string& heuristic) {
  Episode e;
  lane.begin();
  for (Done done = Done::kRunning; done == Done::kRunning;) {
    done = lane.step(lane.choose(heuristic));
    const admission::Facts& f = lane.facts();
    e.queue_s += f.queue_s;
    e.gang_queue_s += f.gang_queue_s;
    e.squares += f.wait_squares_s2;
    e.slowdown_q32 += f.slowdown_q32;
    e.gpu_reserved += f.gpu_reserved;
    e.waiting += rewards::Waiting::value(f);
    e.wait_squares += rewards::WaitSquares::value(f);
    e.gang_wait += rewards::GangWait::value(f);
    e.slowdown += rewards::Slowdown::value(f);
    e.gpu_utilization += rewards::GpuUtilization::value(f);
  }
  lane.end_episode();
  e.log = lane.log();
  return e;
}

// The same from the jobs' log, where nothing was killed.
void expect_sums_of_log(const Episode& e, int64_t total_gpus, const std::string& what) {
  int64_t wait = 0, gang_wait = 0, squares = 0, gpu_s = 0, gangs = 0;
  double slowdown = 0;
  for (const admission::JobLog& job : e.log) {
    ASSERT_EQ(job.outcome, 1) << what;
    const int64_t waited = job.start - job.submit, bound = std::max(job.run, 10);
    wait += waited;
    squares += waited * waited;
    if (job.pods > 1) gang_wait += waited, ++gangs;
    gpu_s += int64_t{job.gpus} * job.pods * job.run;
    slowdown +=
        std::max(1.0, static_cast<double>(waited + job.run) / static_cast<double>(bound)) - 1;
  }
  EXPECT_EQ(e.queue_s, wait) << what;
  EXPECT_EQ(e.gang_queue_s, gang_wait) << what;
  EXPECT_EQ(e.squares, squares) << what;
  EXPECT_EQ(e.gpu_reserved, gpu_s) << what;
  EXPECT_NEAR(static_cast<double>(e.slowdown_q32) / 4294967296.0, slowdown, 1e-6 * (1 + slowdown))
      << what;
  const auto near = [&](double sum, double value) {
    EXPECT_NEAR(sum, value, 1e-5 * (1 + std::abs(value))) << what;
  };
  near(e.waiting, -static_cast<double>(wait) / 3600);
  near(e.gang_wait, -static_cast<double>(gang_wait) / 3600);
  near(e.wait_squares, -static_cast<double>(squares) / (3600.0 * 3600.0));
  near(e.slowdown, -slowdown);
  if (total_gpus > 0)
    near(e.gpu_utilization, static_cast<double>(gpu_s) / static_cast<double>(total_gpus * 10));
}

TEST(AdmissionObjective, SumsOfHandMadeJobsAreTheirWaits) {
  // One node of four cores: job 1 waits 99 s for job 0, job 2 (a gang) 197 s, job 3 none.
  std::vector<Job> jobs = {make_job(0, 100, 4000), make_job(1, 100, 4000), make_job(3, 5, 1000),
                           make_job(500, 1, 1000)};
  jobs[2].set_pods(3);
  jobs[2].gpus = 1;
  AdmissionLane lane({set("nodes", "1x4c8g3gpu"), set("queue-order", "arrival")}, jobs);
  const Episode e = play(lane, "fifo");
  ASSERT_EQ(e.log.size(), 4u);
  EXPECT_EQ(e.queue_s, 99 + 197);
  EXPECT_EQ(e.gang_queue_s, 197);
  EXPECT_EQ(e.squares, 99 * 99 + 197 * 197);
  EXPECT_EQ(e.gpu_reserved, 3 * 5);
  // (99 + 100) / 100 - 1 and (197 + 5) / 10 - 1.
  EXPECT_NEAR(e.slowdown, -(0.99 + 19.2), 1e-5);
  expect_sums_of_log(e, 3, "hand-made");
}

TEST(AdmissionObjective, SumsOfRandomJobsAreTheirWaits) {
  uint32_t random = 12345;
  const auto draw = [&](int below) {
    random = random * 1664525u + 1013904223u;
    return static_cast<int>((random >> 8) % static_cast<uint32_t>(below));
  };
  for (int round = 0; round < 8; ++round) {
    std::vector<Job> jobs;
    int32_t at = 0;
    for (int i = 0; i < 200; ++i) {
      jobs.push_back(make_job(at += draw(60), 1 + draw(900), 500 * (1 + draw(8)), 256));
      jobs.back().set_pods(draw(4) == 0 ? 2 + draw(3) : 1);
      jobs.back().gpus = static_cast<int16_t>(draw(3) == 0 ? 1 : 0);
    }
    AdmissionLane lane({set("nodes", "4x16c64g4gpu")}, jobs);
    for (const char* heuristic : {"fifo", "sjf", "random-feasible"})
      expect_sums_of_log(play(lane, heuristic), 16, std::string(heuristic) + std::to_string(round));
  }
}

// The return of an evaluation's episode is its metric, where nothing is killed.
TEST(AdmissionObjective, ReturnsAreTheMetrics) {
  for (const char* objective : {"wait", "slowdown", "throughput"}) {
    BatchOptions options;
    options.envs = 6;
    options.single_episode = true;
    const EnvEntry& entry = find_environment("admission");
    const auto batch = entry.create({set("workload", "lublin"), set("nodes", "8x16c64g1gpu"),
                                     set("horizon-s", "20000"), set("objective", objective)},
                                    options);
    batch->reset({}, {});
    for (int i = 0; i < 100 && !batch->all_ended({}); ++i)
      batch->run_heuristic({}, 0, 1000, nullptr, {});
    ASSERT_TRUE(batch->all_ended({}));
    const EpisodeMetrics all = batch->episode_metrics({});
    const auto column = [&](const std::string& name) {
      return static_cast<size_t>(std::find(all.names.begin(), all.names.end(), name) -
                                 all.names.begin());
    };
    for (size_t lane = 0; lane < 6; ++lane) {
      const auto value = [&](const char* name) {
        return all.values[lane * all.names.size() + column(name)];
      };
      ASSERT_EQ(value("unfinished_jobs") + value("oom_kills"), 0.0);
      const double jobs = value("jobs"), hours = jobs / value("throughput_per_h");
      const std::map<std::string, double> expected = {
          {"wait", -value("wait_mean_s") * jobs / 3600},
          {"slowdown", jobs - value("bounded_slowdown") * jobs},
          {"throughput", value("throughput_per_h") * hours}};
      EXPECT_NEAR(value("return"), expected.at(objective),
                  1e-3 * (1 + std::abs(expected.at(objective))))
          << objective << lane;
    }
  }
}

TEST(AdmissionObjective, SquaresOfEndlessWaitsStopAtTheirLimit) {
  // The second job waits for the first, which takes 68 years.
  AdmissionLane lane({set("nodes", "1x4c8g"), set("queue-order", "arrival")},
                     {make_job(0, 2000000000, 4000), make_job(1, 5, 4000), make_job(2, 5, 4000)});
  const Episode e = play(lane, "fifo");
  // Of the step that ends with the first job; then the third waits five seconds more.
  EXPECT_EQ(e.squares, (int64_t{1} << 62) + 20000000005);
  EXPECT_EQ(e.queue_s, int64_t{1999999999} + 2000000003);
}

TEST(AdmissionObjective, NamesTermsAndMetricsThatThereAre) {
  for (const EnvEntry* entry : all_environments()) {
    ASSERT_FALSE(entry->objectives.empty()) << entry->name;
    const auto among = [](const std::vector<std::string>& names, const std::string& name) {
      return std::find(names.begin(), names.end(), name) != names.end();
    };
    for (const Objective& objective : entry->objectives) {
      EXPECT_TRUE(among(entry->metrics, objective.metric)) << objective.name;
      EXPECT_FALSE(objective.meaning.empty()) << objective.name;
      for (const auto& [term, weight] : objective.rewards) {
        EXPECT_TRUE(among(entry->reward_terms, term)) << objective.name << ' ' << term;
        EXPECT_GT(weight, 0.0f) << objective.name << ' ' << term;
      }
    }
    for (const Preset& preset : entry->presets) {
      EXPECT_TRUE(among(objective_names(entry->objectives), preset.objective)) << preset.name;
      EXPECT_EQ(objective_of(*entry, {set("preset", preset.name)}).name, preset.objective);
    }
  }
}

std::map<std::string, float> weights_of(const std::string& env,
                                        const std::vector<EnvValue>& values) {
  const auto batch = find_environment(env).create(values, {});
  const std::vector<float> weights = batch->reward_weights();
  std::map<std::string, float> named;
  for (size_t i = 0; i < weights.size(); ++i)
    if (weights[i] != 0.0f) named[batch->reward_terms()[i]] = weights[i];
  return named;
}

TEST(AdmissionObjective, SetsEveryWeightAndIsWeakerThanAPreset) {
  using Weights = std::map<std::string, float>;
  const Weights skrueue = {{"throughput", 0.4f},
                           {"utilization", 0.3f},
                           {"wait_penalty", 0.2f},
                           {"failure_penalty", 0.1f}};
  EXPECT_EQ(weights_of("admission", {}), (Weights{{"waiting", 1.0f}}));
  EXPECT_EQ(weights_of("admission", {set("preset", "skrueue")}), skrueue);
  EXPECT_EQ(weights_of("admission", {set("preset", "skrueue"), set("objective", "slowdown")}),
            (Weights{{"slowdown", 1.0f}}));
  EXPECT_EQ(weights_of("placement", {}),
            (Weights{{"allocation", 1.0f}, {"fragmentation", 0.5f}, {"skips", 0.01f}}));

  // Objective `wait` has no idling, `fairness` leaves the default; a preset and the user win.
  const auto idle = [](const std::vector<EnvValue>& values) {
    return AdmissionLane(values).params.idle;
  };
  EXPECT_EQ(idle({}), 0);
  EXPECT_EQ(idle({set("objective", "fairness")}), 1);
  EXPECT_EQ(idle({set("objective", "fairness"), set("preset", "short-waits")}), 0);
  EXPECT_EQ(idle({set("idle", "true")}), 1);
}

TEST(AdmissionObjective, ThatMeansNothingIsRefused) {
  const auto problem = [](const std::string& env, const std::vector<EnvValue>& values) {
    try {
      (void)find_environment(env).create(values, {});
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_NE(problem("admission", {set("objective", "happiness")})
                .find("there is no objective \"happiness\""),
            std::string::npos);
  EXPECT_NE(problem("admission", {set("objective", "gpu-utilization"), set("nodes", "4x32c64g")})
                .find("the cluster has no GPU"),
            std::string::npos);
  EXPECT_EQ(problem("admission", {set("objective", "gpu-utilization")}), "");
  EXPECT_NE(problem("placement", {set("objective", "wait")}).find("mode is static"),
            std::string::npos);
  EXPECT_EQ(problem("placement", {set("objective", "wait"), set("mode", "dynamic")}), "");
}

}  // namespace
}  // namespace cusched
