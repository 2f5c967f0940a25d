// SPDX-License-Identifier: MIT
#include "cli/metric_info.h"

#include <cmath>
#include <cstdio>

#include "envs/inputs.h"

namespace cusched {
namespace {

using Better = MetricInfo::Better;

const std::vector<MetricInfo>& known_metrics() {
  static const std::vector<MetricInfo> known = {
      {"wait_mean_s", "s", "mean wait of a job", Better::kLower, "mean wait"},
      {"wait_p50_s", "s", "median wait of a job", Better::kLower, "median wait"},
      {"wait_p95_s", "s", "95th percentile of the wait", Better::kLower, "p95 wait"},
      {"wait_max_s", "s", "longest wait", Better::kLower, "longest wait"},
      {"gang_wait_mean_s", "s", "mean wait of a job of several pods", Better::kLower,
       "mean wait of gangs"},
      {"bounded_slowdown", "", "mean bounded slowdown: (wait + run) / max(run, 10 s), at least 1",
       Better::kLower, "bounded slowdown"},
      {"turnaround_mean_s", "s", "mean time from submit to end", Better::kLower, "mean turnaround"},
      {"throughput_per_h", "jobs/h", "completed jobs per simulated hour", Better::kHigher,
       "throughput"},
      {"success_rate", "", "completed of submitted jobs; placement: placed of submitted pods",
       Better::kHigher, "success rate", true},
      {"completed_work", "", "CPU time of completed of that of submitted jobs", Better::kHigher,
       "completed work", true},
      {"cpu_utilization", "", "CPU really used, of the cluster's, over time", Better::kHigher,
       "CPU utilisation", true},
      {"memory_utilization", "", "memory really used, of the cluster's, over time", Better::kHigher,
       "memory utilisation", true},
      {"gpu_utilization", "", "GPUs reserved, of the cluster's, over time", Better::kHigher,
       "GPU utilisation", true},
      {"cpu_allocation", "", "CPU reserved, of the cluster's, over time; placement: at the end",
       Better::kHigher, "CPU allocation", true},
      {"memory_allocation", "",
       "memory reserved, of the cluster's, over time; placement: at the end", Better::kHigher,
       "memory allocation", true},
      {"oom_kills", "", "jobs killed for memory, retries included", Better::kLower, "OOM kills"},
      {"failed_jobs", "jobs", "jobs killed more often than they are retried", Better::kLower,
       "failed jobs"},
      {"unfinished_jobs", "jobs", "jobs that had not ended after the drain", Better::kLower,
       "unfinished jobs"},
      {"starved_jobs", "jobs", "jobs that waited more than a day", Better::kLower, "starved jobs"},
      {"jain_index", "",
       "Jain index of tenants' dominant shares, (sum x)^2 / (n sum x^2); 1 is equal",
       Better::kHigher, "Jain index"},
      {"utilization_ref", "",
       "RLScheduler's utilisation: work of all jobs / (processors x time of "
       "the last start)",
       Better::kHigher, "utilisation (RLScheduler)", true},
      {"gpu_allocation", "", "GPU in use at the end, of the cluster's", Better::kHigher,
       "GPU allocation", true},
      {"gpu_allocation_at_100", "", "the same when pods for 100 % of the GPUs had arrived",
       Better::kHigher, "GPU allocation at 100 %", true},
      {"mean_gpu_allocation", "", "GPU in use, of the cluster's, over time", Better::kHigher,
       "mean GPU allocation", true},
      {"fragmentation", "", "GPU that a typical pod could not use at the end, of the cluster's",
       Better::kLower, "fragmentation", true},
      {"skips_per_pod", "", "skips while a node fitted, per pod", Better::kNeither},
      {"unallocated_gpus", "GPUs", "fully free GPUs at the end", Better::kLower},
      {"allocated_gpu_milli", "mGPU", "GPU in use at the end", Better::kHigher},
      {"arrived_gpu_milli", "mGPU", "GPU asked for by all pods", Better::kNeither},
      {"capacity_gpu_milli", "mGPU", "the cluster's GPU", Better::kNeither},
      {"pods", "pods", "pods submitted", Better::kNeither},
      {"placed", "pods", "pods placed", Better::kHigher},
      {"failed", "pods", "pods never placed: pending at the end, or (dynamic) larger than any node",
       Better::kLower},
      {"rounds", "", "walks along the pending pods", Better::kNeither},
      {"makespan_s", "s", "time of the last end", Better::kLower, "makespan"},
      {"jobs", "jobs", "jobs submitted", Better::kNeither},
      {"mean_queue", "jobs", "waiting jobs over time", Better::kLower, "mean queue"},
      {"decisions", "", "steps at which some job could be started", Better::kNeither},
      {"steps", "", "steps of the episode", Better::kNeither},
      {"return", "", "sum of rewards", Better::kHigher},
      {"queue_full", "", "arrivals held at the source by a full queue", Better::kNeither},
      {"running_full", "", "starts blocked by the running capacity", Better::kNeither},
      {"log_overflow", "jobs", "jobs beyond the log", Better::kNeither},
  };
  return known;
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

MetricInfo metric_info(const std::string& name) {
  for (const MetricInfo& metric : known_metrics())
    if (metric.name == name) return metric;
  const char* unit = ends_with(name, "_s") ? "s" : ends_with(name, "_per_h") ? "1/h" : "";
  return {name, unit, name, Better::kNeither};
}

std::vector<MetricInfo> metric_infos(const std::vector<std::string>& names) {
  std::vector<MetricInfo> infos;
  for (const std::string& name : names) infos.push_back(metric_info(name));
  return infos;
}

std::string metric_label(const MetricInfo& metric) {
  return metric.label.empty() ? metric.name : metric.label;
}

std::string rounded_text(double value) {
  if (std::isnan(value)) return "-";
  if (std::fabs(value) >= 999.5 && std::fabs(value) < 1e15) return grouped(std::llround(value));
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

TimeUnit time_unit(double seconds) {
  const double size = std::fabs(seconds);
  if (size >= 2 * 86400.0) return {"days", 86400};
  if (size >= 2 * 3600.0) return {"h", 3600};
  if (size >= 2 * 60.0) return {"min", 60};
  return {};
}

std::string time_text(double seconds) {
  const TimeUnit unit = time_unit(seconds);
  return rounded_text(seconds / unit.seconds) + " " + unit.name;
}

std::string value_text(const MetricInfo& metric, double value) {
  if (std::isnan(value)) return "-";
  if (metric.unit == "s") return time_text(value);
  if (metric.share) return rounded_text(100 * value) + " %";
  return rounded_text(value) + (metric.unit.empty() ? "" : " " + metric.unit);
}

std::vector<std::string> headline_metrics(const std::string& env) {
  if (env == "placement")
    return {"gpu_allocation",    "gpu_allocation_at_100", "success_rate",  "cpu_allocation",
            "memory_allocation", "fragmentation",         "skips_per_pod", "unallocated_gpus"};
  return {"wait_mean_s",     "wait_p95_s",      "wait_max_s",   "bounded_slowdown",
          "gpu_utilization", "cpu_utilization", "success_rate", "throughput_per_h",
          "completed_work",  "oom_kills"};
}

}  // namespace cusched
