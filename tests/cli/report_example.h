// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/evaluation.h"
#include "cli/metric_info.h"

// An evaluation as large as reports get, made by hand: nothing is played.
namespace cusched::test {

// Numbers 0..1 that look like chance and are the same everywhere.
class Numbers {
 public:
  explicit Numbers(uint64_t seed) : state_(seed * 2654435761u + 1) {}
  double next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<double>(state_ >> 11) / 9007199254740992.0;
  }

 private:
  uint64_t state_;
};

// The jobs of an episode, each of which waits about `wait_s`.
inline EpisodeJobs example_jobs(int episode, int jobs, double wait_s) {
  Numbers shared(static_cast<uint64_t>(episode) + 1);  // the stream: the same for all policies
  EpisodeJobs result;
  int32_t submit = 0;
  for (int i = 0; i < jobs; ++i) {
    JobRecord job;
    submit += static_cast<int32_t>(120 * shared.next());
    job.submit = submit;
    job.run = 60 + static_cast<int32_t>(3600 * shared.next());
    job.gpus = i % 5 == 0 ? 0 : 1 << (i % 4);
    job.cpu_milli = 1000 * (1 + i % 8);
    job.tenant = i % 6;
    job.urgent = i % 7 == 0;
    const double chance = shared.next();
    const double wait = i % 4 == 0 ? 0 : wait_s * -std::log(1 - chance);
    job.start = job.submit + static_cast<int32_t>(wait);
    job.end = job.start + job.run;
    job.outcome = JobRecord::Outcome::kCompleted;
    result.end_s = std::max(result.end_s, job.end);
    result.jobs.push_back(job);
  }
  return result;
}

// `policies` entries (one learned, one far worse than all others, one with a long name), with
// metrics that are wide, constant, zero or unknown.
inline Evaluation large_evaluation(int policies, int episodes, int jobs) {
  Evaluation e;
  e.env = "admission";
  e.workload = "philly_jobs.csv, the part held-out";
  e.headline = "wait_mean_s";
  e.metrics = metric_infos({"wait_mean_s", "wait_p95_s", "wait_max_s", "bounded_slowdown",
                            "throughput_per_h", "success_rate", "cpu_utilization", "oom_kills",
                            "jain_index", "makespan_s", "mean_queue"});
  for (int i = 0; i < episodes; ++i) e.episodes.push_back(std::to_string(i));
  const std::vector<std::string> names = {
      "runs/a long name of a folder, as people make them/2026-11-27 second try/policy",
      "fifo",
      "easy-backfill",
      "random-feasible",
      "sjf",
      "ljf",
      "drf",
      "saf",
      "f1",
      "wfp3"};
  for (int p = 0; p < policies; ++p) {
    PolicyResult policy;
    policy.name = p < static_cast<int>(names.size()) ? names[p] : "rule-" + std::to_string(p);
    policy.learned = p == 0;
    const double wait = p == 3 ? 90000 : 1500 + 90 * p;
    policy.samples.resize(e.metrics.size());
    for (int i = 0; i < episodes; ++i) {
      Numbers numbers(static_cast<uint64_t>(i) + 100);
      const double noise = 0.9 + 0.2 * numbers.next();
      const std::vector<double> values = {wait * noise,      4 * wait * noise,
                                          20 * wait * noise, 1 + wait / 100 * noise,
                                          30 - p * 0.2,      1,
                                          0.7 * noise,       0,
                                          0.9 - 0.01 * p,    40000 * noise,
                                          wait / 60 * noise};
      for (size_t m = 0; m < values.size(); ++m) policy.samples[m].push_back(values[m]);
      policy.jobs.push_back(example_jobs(i, jobs, wait));
    }
    e.policies.push_back(std::move(policy));
  }
  e.facts = {{"seed", "424242"},
             {"machine", "{\"cpu\":\"" + std::string(180, 'x') + "\",\"threads\":64}"}};
  e.warnings = {"fifo: the queue was full and held arrivals at the source: raise --queue-capacity"};
  return e;
}

}  // namespace cusched::test
