// SPDX-License-Identifier: MIT
#include "envs/admission_objectives.h"

namespace cusched::admission {

const std::vector<Objective>& objectives() {
  static const std::vector<Objective> all = {
      {"wait",
       "mean wait: minus the job-hours spent in the queue, whose sum is the jobs' total wait "
       "(Little's law)",
       "wait_mean_s",
       {{"waiting", 1.0f}},
       {{"idle", "false", ""}},
       {}},
      {"p95-wait",
       "long waits: minus the sum of squared waits, in h^2, which the longest ones make; no sum "
       "over steps is a percentile",
       "wait_p95_s",
       {{"wait_squares", 1.0f}},
       {{"idle", "false", ""}},
       {}},
      {"slowdown",
       "mean bounded slowdown, max(1, (wait + run) / max(run, 10 s)): minus its increase, whose "
       "sum "
       "is exact",
       "bounded_slowdown",
       {{"slowdown", 1.0f}},
       {{"idle", "false", ""}},
       {}},
      {"gpu-utilization",
       "GPUs reserved, of the cluster's, a tick: the sum is the metric x ticks of the episode",
       "gpu_utilization",
       {{"gpu_utilization", 1.0f}},
       {{"idle", "false", ""}},
       {}},
      {"throughput",
       "jobs completed: the sum is the metric x hours of the episode",
       "throughput_per_h",
       {{"completion", 1.0f}},
       {{"idle", "false", ""}},
       {}},
      {"fairness",
       "minus the spread of the tenants' dominant shares, a tick; no sum over steps is Jain's "
       "index",
       "jain_index",
       {{"fairness", 1.0f}},
       {},
       {}},
      {"gang-wait",
       "mean wait of gangs (jobs of several pods): minus their job-hours in the queue, whose sum "
       "is "
       "the gangs' total wait",
       "gang_wait_mean_s",
       {{"gang_wait", 1.0f}},
       {},
       {}},
      {"utilization",
       "CPU and memory really used, of the cluster's, a tick: the sum is the mean of the metric "
       "and "
       "memory_utilization x ticks of the episode",
       "cpu_utilization",
       {{"utilization", 1.0f}},
       {{"idle", "false", ""}},
       {}},
      {"skrueue",
       "SKRueue's reward: 0.4 x jobs started + 0.3 x utilization - 0.2 x wait penalty - 0.1 x "
       "kills "
       "and failures; its sum is no metric",
       "wait_mean_s",
       {{"throughput", 0.4f},
        {"utilization", 0.3f},
        {"wait_penalty", 0.2f},
        {"failure_penalty", 0.1f}},
       {},
       {}},
  };
  return all;
}

}  // namespace cusched::admission
