// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "envs/admission.h"
#include "envs/episode_sums.h"

// What reports say about ended episodes of `admission`.
namespace cusched {

std::vector<std::string> Admission::stat_names() {
#define X(name) #name,
  return episode_stat_names({CUSCHED_ADMISSION_SUMS(X)});
#undef X
}

void Admission::stats(const Columns& totals, double* values) {
#define X(name) *totals.total_##name,
  episode_stats({*totals.total_episodes, *totals.total_steps, CUSCHED_ADMISSION_SUMS(X)}, values);
#undef X
}

namespace {

std::vector<EpisodeValue> values_of(const admission::Columns& t, const admission::Params& p) {
  const auto of = [](const int64_t* total) { return total ? static_cast<double>(*total) : 0.0; };
  const double episodes = of(t.total_episodes), jobs = of(t.total_submitted);
  const double seconds = of(t.total_duration_s);
  const double cpu = static_cast<double>(p.total_cpu_milli) * seconds;
  const double memory = static_cast<double>(p.total_memory_mib) * seconds;
  const double gpu = static_cast<double>(p.total_gpus) * seconds;
  return {{"return", of(t.total_reward_q20) / 1048576.0, episodes},
          {"steps", of(t.total_steps), episodes},
          {"jobs", jobs, episodes},
          {"wait_mean_s", of(t.total_wait_s), jobs},
          {"wait_max_s", of(t.total_wait_max_s), episodes},
          {"bounded_slowdown", of(t.total_slowdown_q20) / 1048576.0, jobs},
          {"throughput_per_h", of(t.total_completed) * 3600.0, seconds},
          {"success_rate", of(t.total_completed), jobs},
          {"cpu_utilization", of(t.total_cpu_actual), cpu},
          {"memory_utilization", of(t.total_memory_actual), memory},
          {"gpu_utilization", of(t.total_gpu_reserved), gpu},
          {"cpu_allocation", of(t.total_cpu_reserved), cpu},
          {"memory_allocation", of(t.total_memory_reserved), memory},
          {"mean_queue", of(t.total_queue_s), seconds},
          {"jain_index", of(t.total_fair_ppm) / 1e6, episodes},
          {"oom_kills", of(t.total_oom_kills), episodes},
          {"failed_jobs", of(t.total_failed), episodes},
          {"unfinished_jobs", of(t.total_unfinished), episodes},
          {"starved_jobs", of(t.total_starved), episodes},
          {"duration_s", seconds, episodes},
          {"decisions", of(t.total_decisions), episodes},
          {"invalid_actions", of(t.total_invalid_actions), episodes},
          {"queue_full", of(t.total_queue_full), episodes},
          {"running_full", of(t.total_running_full), episodes}};
}

}  // namespace

std::vector<std::string> Admission::episode_names() {
  return episode_value_names(values_of({}, {}));
}

void Admission::episode_values(const Columns& totals, const Params& params, double* values) {
  write_episode_values(values_of(totals, params), values);
}

std::vector<std::string> Admission::metric_names() {
  return {"wait_mean_s",
          "wait_p50_s",
          "wait_p95_s",
          "wait_max_s",
          "gang_wait_mean_s",
          "bounded_slowdown",
          "turnaround_mean_s",
          "throughput_per_h",
          "success_rate",
          "completed_work",
          "cpu_utilization",
          "memory_utilization",
          "gpu_utilization",
          "cpu_allocation",
          "memory_allocation",
          "oom_kills",
          "failed_jobs",
          "unfinished_jobs",
          "starved_jobs",
          "jain_index",
          "utilization_ref",
          "makespan_s",
          "jobs",
          "mean_queue",
          "decisions",
          "steps",
          "return",
          "queue_full",
          "running_full",
          "log_overflow"};
}

std::vector<std::string> Admission::metric_columns() {
  std::vector<std::string> names = {"now", "steps", "log"};
#define X(name) names.push_back("sum_" #name);
  CUSCHED_ADMISSION_SUMS(X)
#undef X
  return names;
}

namespace {

// Smallest x of which at least the share q of sorted values is not above (nearest rank).
double nearest_rank(const std::vector<int64_t>& sorted, double q) {
  if (sorted.empty()) return 0.0;
  const auto rank = static_cast<size_t>(std::ceil(q * static_cast<double>(sorted.size())));
  return static_cast<double>(sorted[std::max<size_t>(rank, 1) - 1]);
}

double divide(double a, double b) { return b > 0.0 ? a / b : 0.0; }

// What the log of an episode's jobs says.
struct LogSummary {
  std::vector<int64_t> waits;                     // sorted
  double slowdown = 0, wait = 0, turnaround = 0;  // sums
  double gang_wait = 0, gangs = 0;                // of jobs of several pods
  double work = 0, work_done = 0;                 // milli x s
  int64_t last_start = 0, last_end = 0;
  double jobs = 0;
};

LogSummary summarise(const admission::JobLog* log, int jobs, int32_t now) {
  LogSummary s;
  for (int i = 0; i < jobs; ++i) {
    const admission::JobLog& job = log[i];
    if (job.submit < 0) continue;
    const bool done = job.outcome == 1;
    const int64_t end = done || job.outcome == 2 ? job.end : now;
    const int64_t turnaround = end - job.submit;
    const int64_t wait = done ? turnaround - job.run : turnaround;
    const double bound = std::max(job.run, 10);
    s.waits.push_back(wait);
    s.slowdown += std::max(1.0, static_cast<double>(turnaround) / bound);
    s.wait += static_cast<double>(wait);
    if (job.pods > 1) s.gang_wait += static_cast<double>(wait), s.gangs += 1;
    s.turnaround += static_cast<double>(turnaround);
    const double work = static_cast<double>(job.cpu_milli) * job.run;
    s.work += work;
    if (done) s.work_done += work;
    s.last_start = std::max<int64_t>(s.last_start, job.start);
    s.last_end = std::max<int64_t>(s.last_end, end);
    s.jobs += 1;
  }
  std::sort(s.waits.begin(), s.waits.end());
  return s;
}

}  // namespace

void Admission::metrics(const Columns& lane, const Caps& caps, const Params& params,
                        double* values) {
  const LogSummary log = summarise(lane.log, caps.log_jobs, *lane.now);
  const double seconds = static_cast<double>(*lane.sum_duration_s);
  const double cpu = static_cast<double>(params.total_cpu_milli) * seconds;
  const double memory = static_cast<double>(params.total_memory_mib) * seconds;
  const double gpu = static_cast<double>(params.total_gpus) * seconds;
  const double all[] = {
      divide(log.wait, log.jobs), nearest_rank(log.waits, 0.5), nearest_rank(log.waits, 0.95),
      log.waits.empty() ? 0.0 : static_cast<double>(log.waits.back()),
      divide(log.gang_wait, log.gangs), divide(log.slowdown, log.jobs),
      divide(log.turnaround, log.jobs),
      divide(static_cast<double>(*lane.sum_completed) * 3600.0, seconds),
      divide(static_cast<double>(*lane.sum_completed), static_cast<double>(*lane.sum_submitted)),
      divide(log.work_done, log.work), divide(static_cast<double>(*lane.sum_cpu_actual), cpu),
      divide(static_cast<double>(*lane.sum_memory_actual), memory),
      divide(static_cast<double>(*lane.sum_gpu_reserved), gpu),
      divide(static_cast<double>(*lane.sum_cpu_reserved), cpu),
      divide(static_cast<double>(*lane.sum_memory_reserved), memory),
      static_cast<double>(*lane.sum_oom_kills), static_cast<double>(*lane.sum_failed),
      static_cast<double>(*lane.sum_unfinished), static_cast<double>(*lane.sum_starved),
      static_cast<double>(*lane.sum_fair_ppm) / 1e6,
      // RLScheduler: work / (processors x time of the last start); a processor is 1000 milli-CPU.
      divide(log.work,
             static_cast<double>(params.total_cpu_milli) * static_cast<double>(log.last_start)),
      static_cast<double>(log.last_end), static_cast<double>(*lane.sum_submitted),
      divide(static_cast<double>(*lane.sum_queue_s), seconds),
      static_cast<double>(*lane.sum_decisions), static_cast<double>(*lane.steps),
      static_cast<double>(*lane.sum_reward_q20) / 1048576.0,
      static_cast<double>(*lane.sum_queue_full), static_cast<double>(*lane.sum_running_full),
      static_cast<double>(*lane.sum_log_overflow)};
  std::copy(std::begin(all), std::end(all), values);
}

std::vector<int32_t> Admission::start_times(const Columns& lane, const Caps& caps) {
  std::vector<int32_t> times;
  for (int i = 0; i < caps.log_jobs && lane.log[i].submit >= 0; ++i)
    times.push_back(lane.log[i].start);
  return times;
}

EpisodeJobs Admission::episode_jobs(const Columns& lane, const Caps& caps) {
  EpisodeJobs episode;
  episode.end_s = *lane.now;
  for (int i = 0; i < caps.log_jobs && lane.log[i].submit >= 0; ++i) {
    const admission::JobLog& log = lane.log[i];
    episode.jobs.push_back({log.submit, log.start, log.end, log.run,
                            static_cast<JobRecord::Outcome>(log.outcome), log.tenant, log.priority,
                            log.urgent != 0, log.pods, log.gpus * log.pods, log.cpu_milli});
  }
  return episode;
}

std::vector<std::string> Admission::queue_columns() {
  return {"now",   "source", "queue_begin",  "queue_size",  "running_size",
          "order", "job",    "slot_allowed", "window_order"};
}

QueueState Admission::queue(const Columns& lane, const Caps& caps, const Params& params) {
  QueueState state;
  state.now_s = *lane.now;
  state.origin_s =
      params.source.kind == SourceKind::kTrace ? lane.source->first : lane.source->origin_s;
  state.running = *lane.running_size;
  std::vector<int16_t> slots(lane.order + *lane.queue_begin,
                             lane.order + *lane.queue_begin + *lane.queue_size);
  state.picked = caps.window > 0;
  if (state.picked) {  // what a policy sees comes first, in its order
    const auto seen = std::min<int>(*lane.queue_size, caps.slots);
    const int16_t* const first = lane.window_order;
    std::erase_if(
        slots, [&](int16_t slot) { return std::find(first, first + seen, slot) != first + seen; });
    slots.insert(slots.begin(), first, first + seen);
  }
  for (int i = 0; i < *lane.queue_size; ++i) {
    const Job& job = lane.job[slots[static_cast<size_t>(i)]];
    state.jobs.push_back({job.id, job.submit, job.estimate, job.run, job.pods(), job.gpus,
                          job.cpu_milli, job.memory_mib, job.tenant, job.priority, job.urgent != 0,
                          i < caps.slots && lane.slot_allowed[i] != 0});
  }
  return state;
}

}  // namespace cusched
