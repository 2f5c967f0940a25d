// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <vector>

#include "envs/episode_sums.h"
#include "envs/placement.h"
#include "envs/placement_curve.h"

// What reports say about ended episodes of `placement`.
namespace cusched {

std::vector<std::string> Placement::stat_names() {
#define X(name) #name,
  return episode_stat_names({CUSCHED_PLACEMENT_SUMS(X)});
#undef X
}

void Placement::stats(const Columns& totals, double* values) {
#define X(name) *totals.total_##name,
  episode_stats({*totals.total_episodes, *totals.total_steps, CUSCHED_PLACEMENT_SUMS(X)}, values);
#undef X
}

namespace {

std::vector<EpisodeValue> values_of(const placement::Columns& t, const placement::Params& p) {
  const auto of = [](const int64_t* total) { return total ? static_cast<double>(*total) : 0.0; };
  const double episodes = of(t.total_episodes), pods = of(t.total_pods);
  const double capacity = of(t.total_capacity_milli), seconds = of(t.total_duration_s);
  const EpisodeValue allocation = {"gpu_allocation", of(t.total_allocated_milli), capacity};
  // Of the mean capacity: where episodes draw their nodes, longer ones may have had others.
  const EpisodeValue mean_allocation = {"mean_gpu_allocation", of(t.total_gpu_milli_s) * episodes,
                                        capacity * seconds};
  return {{"return", of(t.total_reward_q20) / 1048576.0, episodes},
          {"steps", of(t.total_steps), episodes},
          allocation,
          {"cpu_allocation", of(t.total_cpu_ppm) / 1e6, episodes},
          {"memory_allocation", of(t.total_memory_ppm) / 1e6, episodes},
          {"fragmentation", of(t.total_fragmentation_ppm) / 1e6, episodes},
          {"success_rate", of(t.total_placed), pods},
          {"skips_per_pod", of(t.total_skips), pods},
          {"unallocated_gpus", of(t.total_unallocated_gpus), episodes},
          {"mean_gpu_allocation", p.dynamic ? mean_allocation.over : allocation.over,
           p.dynamic ? mean_allocation.under : allocation.under},
          {"wait_mean_s", of(t.total_wait_s), of(t.total_placed)},
          {"mean_queue", of(t.total_pending_s), seconds},
          {"pods", pods, episodes},
          {"placed", of(t.total_placed), episodes},
          {"failed", of(t.total_failed), episodes},
          {"rounds", of(t.total_walks), episodes},
          {"duration_s", seconds, episodes},
          {"decisions", of(t.total_decisions), episodes},
          {"invalid_actions", of(t.total_invalid_actions), episodes},
          {"queue_full", of(t.total_queue_full), episodes},
          {"running_full", of(t.total_running_full), episodes}};
}

}  // namespace

std::vector<std::string> Placement::episode_names() {
  return episode_value_names(values_of({}, {}));
}

void Placement::episode_values(const Columns& totals, const Params& params, double* values) {
  write_episode_values(values_of(totals, params), values);
}

std::vector<std::string> Placement::metric_names() {
  return {"gpu_allocation",
          "gpu_allocation_at_100",
          "cpu_allocation",
          "memory_allocation",
          "fragmentation",
          "success_rate",
          "skips_per_pod",
          "unallocated_gpus",
          "allocated_gpu_milli",
          "arrived_gpu_milli",
          "capacity_gpu_milli",
          "mean_gpu_allocation",
          "wait_mean_s",
          "pods",
          "placed",
          "failed",
          "rounds",
          "decisions",
          "steps",
          "return",
          "queue_full",
          "running_full",
          "log_overflow"};
}

std::vector<std::string> Placement::metric_columns() {
  std::vector<std::string> names = {"steps", "log"};
#define X(name) names.push_back("sum_" #name);
  CUSCHED_PLACEMENT_SUMS(X)
#undef X
  return names;
}

namespace {

double divide(int64_t a, int64_t b) {
  return b != 0 ? static_cast<double>(a) / static_cast<double>(b) : 0.0;
}

}  // namespace

void Placement::metrics(const Columns& lane, const Caps& caps, const Params& params,
                        double* values) {
  const int64_t capacity = *lane.sum_capacity_milli;
  const std::vector<PodPlacement> log = placements(lane, caps);
  const std::vector<double> curve = allocation_curve(log, capacity);
  const double last = divide(*lane.sum_allocated_milli, capacity);
  const double at_100 = curve.size() > 100 && !std::isnan(curve[100]) ? curve[100] / 100.0 : last;
  const double all[] = {
      last,
      at_100,
      static_cast<double>(*lane.sum_cpu_ppm) / 1e6,
      static_cast<double>(*lane.sum_memory_ppm) / 1e6,
      static_cast<double>(*lane.sum_fragmentation_ppm) / 1e6,
      divide(*lane.sum_placed, *lane.sum_pods),
      divide(*lane.sum_skips, *lane.sum_pods),
      static_cast<double>(*lane.sum_unallocated_gpus),
      static_cast<double>(*lane.sum_allocated_milli),
      static_cast<double>(*lane.sum_arrived_milli),
      static_cast<double>(capacity),
      params.dynamic ? divide(*lane.sum_gpu_milli_s, capacity * *lane.sum_duration_s) : last,
      divide(*lane.sum_wait_s, *lane.sum_placed),
      static_cast<double>(*lane.sum_pods),
      static_cast<double>(*lane.sum_placed),
      static_cast<double>(*lane.sum_failed),
      static_cast<double>(*lane.sum_walks),
      static_cast<double>(*lane.sum_decisions),
      static_cast<double>(*lane.steps),
      static_cast<double>(*lane.sum_reward_q20) / 1048576.0,
      static_cast<double>(*lane.sum_queue_full),
      static_cast<double>(*lane.sum_running_full),
      static_cast<double>(*lane.sum_log_overflow)};
  std::copy(std::begin(all), std::end(all), values);
}

std::vector<int32_t> Placement::start_times(const Columns&, const Caps&) { return {}; }

std::vector<PodPlacement> Placement::placements(const Columns& lane, const Caps& caps) {
  std::vector<PodPlacement> placed;
  for (int i = 0; i < caps.log_pods && lane.log[i].pod >= 0; ++i)
    placed.push_back({lane.log[i].pod, lane.log[i].node, lane.log[i].gpus, lane.log[i].gpu_milli});
  return placed;
}

std::vector<double> allocation_curve(const std::vector<PodPlacement>& pods, int64_t capacity) {
  std::vector<double> sum, count;
  double arrived = 0.0, allocated = 0.0;
  const double whole = static_cast<double>(std::max<int64_t>(capacity, 1));
  for (const PodPlacement& pod : pods) {
    arrived += pod.gpu_milli;
    if (pod.node >= 0) allocated += pod.gpu_milli;
    // As the reference does: to the nearest whole per cent, halves to even.
    const size_t column = static_cast<size_t>(std::nearbyint(100.0 * arrived / whole));
    if (sum.size() <= column) sum.resize(column + 1), count.resize(column + 1);
    sum[column] += std::nearbyint(100.0 * (100.0 * allocated / whole)) / 100.0;
    count[column] += 1.0;
  }
  for (size_t i = 0; i < sum.size(); ++i)
    sum[i] = count[i] > 0 ? std::nearbyint(100.0 * (sum[i] / count[i])) / 100.0 : NAN;
  return sum;
}

}  // namespace cusched
