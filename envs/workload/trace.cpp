// SPDX-License-Identifier: MIT
#include "envs/workload/trace.h"

#include <algorithm>
#include <numeric>

#include "cuda/error.h"
#include "envs/workload/augment_build.h"
#include "envs/workload/generator_parts.h"
#include "envs/workload/gpu_sets.h"
#include "envs/workload/trace_windows.h"

namespace cusched {
namespace {

void number_rows(Trace* trace) {
  for (size_t i = 0; i < trace->rows.size(); ++i) trace->rows[i].id = static_cast<int32_t>(i);
}

// Keeps these rows, in this order.
void select(Trace* trace, const std::vector<size_t>& rows) {
  Trace kept;
  for (const size_t i : rows) {
    kept.rows.push_back(trace->rows[i]);
    kept.submit.push_back(trace->submit[i]);
    kept.line.push_back(trace->line[i]);
    if (!trace->gpu_spec.empty()) kept.gpu_spec.push_back(trace->gpu_spec[i]);
  }
  trace->rows.swap(kept.rows);
  trace->submit.swap(kept.submit);
  trace->line.swap(kept.line);
  trace->gpu_spec.swap(kept.gpu_spec);
}

}  // namespace

void finish_trace(Trace* trace) {
  if (trace->rows.empty())
    throw InputError(trace->file, "no job in this file", "Give a trace with at least one job");
  if (trace->size() > kMaxJobs)
    throw InputError(trace->file, std::to_string(trace->size()) + " jobs",
                     "Cut the trace to at most 2^30 jobs");
  if (!std::is_sorted(trace->submit.begin(), trace->submit.end())) {
    std::vector<size_t> order(trace->rows.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return trace->submit[a] < trace->submit[b]; });
    select(trace, order);
    trace->notes.push_back("jobs were not in order of submit time: sorted");
  }
  number_rows(trace);
}

namespace {

std::string request(const Trace& trace, const GpuSets& sets, size_t row) {
  const Job& job = trace.rows[row];
  if (trace.max_procs > 0 && !trace.max_procs_of_nodes && job.cpu_milli > trace.max_procs * 1000)
    return std::to_string(job.cpu_milli / 1000) + " processors of a machine with " +
           std::to_string(trace.max_procs) + " (MaxProcs in the header)";
  return std::to_string(job.pods()) + " x " + std::to_string(job.cpu_milli) + " milli-CPU, " +
         std::to_string(job.memory_mib) + " MiB, " + std::to_string(job.gpus) + " GPUs" +
         sets.wish(trace, row);
}

// A job that the empty cluster could never start would block its queue for ever: refused, or left
// out where `drop` says so.
void check_fits(Trace* trace, const CommonView& common, const GpuSets& sets, bool drop) {
  const auto where = [&](size_t i) { return trace->file + ":" + std::to_string(trace->line[i]); };
  std::vector<size_t> kept;
  size_t first = 0;  // that does not fit
  for (size_t i = 0; i < trace->rows.size(); ++i) {
    const Job& job = trace->rows[i];
    if (pods_that_fit(common, job.cpu_milli, job.memory_mib, job.gpus, sets.of(*trace, i)) >=
        job.pods()) {
      kept.push_back(i);
      continue;
    }
    if (kept.size() == i) first = i;
    if (drop) continue;
    throw InputError(
        where(i),
        "a job asks for " + request(*trace, sets, i) + ", which the empty cluster does not hold",
        "Give the cluster more capacity (HPC traces: --nodes pool, one node with all processors), "
        "or leave such jobs out with --oversize drop");
  }
  const size_t jobs = trace->rows.size(), dropped = jobs - kept.size();
  if (dropped == 0) return;
  if (kept.empty())
    throw InputError(
        trace->file, "the empty cluster holds none of its jobs",
        "Give the cluster more capacity (HPC traces: --nodes pool, one node with all processors)");
  trace->notes.push_back(std::to_string(dropped) + " of " + std::to_string(jobs) +
                         " jobs ask for more than the empty cluster holds: dropped; the first is " +
                         where(first));
  select(trace, kept);
  number_rows(trace);
}

void check_window(const Trace& trace, int64_t start, int64_t length, const std::string& field) {
  const std::string where = trace.file + ", " + field;
  if (start < 0 || length > trace.size() || start > trace.size() - length)
    throw InputError(where,
                     "a window of " + std::to_string(length) + " jobs from job " +
                         std::to_string(start) + " of a trace with " +
                         std::to_string(trace.size()) + " jobs",
                     "Jobs are counted from 0; use a smaller start or length");
  if (trace.submit[start + length - 1] - trace.submit[start] > 0x3fffffff)
    throw InputError(where, "the window from job " + std::to_string(start) + " spans over 34 years",
                     "Cut the gap out of the trace, or use shorter windows");
}

// The jobs of windows that begin there, in order; windows that overlap make one range.
std::vector<JobRange> windows_from(std::vector<int64_t> starts, int64_t length) {
  std::sort(starts.begin(), starts.end());
  std::vector<JobRange> ranges;
  for (const int64_t start : starts) {
    if (ranges.empty() || start >= ranges.back().end)
      ranges.push_back({start, start + length});
    else
      ranges.back().end = start + length;
  }
  return ranges;
}

}  // namespace

Workload build_trace(Trace trace, const WorkloadConfig& config, const ClusterCapacity& cluster) {
  Workload w;
  w.name = config.name;
  w.kind = SourceKind::kTrace;
  set_common(&w, {1.0}, 0, {1000}, WorkloadConfig{}, cluster);
  CommonView common = w.scalars.common;
  common.nodes = w.nodes.data();
  const GpuSets sets(&trace, cluster.gpu_models);
  check_fits(&trace, common, sets, config.drop_oversize);
  w.gpu_sets = sets.number(&trace);

  const TraceWindow& window = config.window;
  if (window.length < kAutoLength || window.length > trace.size())
    throw InputError(
        trace.file + ", length",
        std::to_string(window.length) + " jobs of a trace with " + std::to_string(trace.size()),
        "Use a window length from 1 to the number of jobs");
  const TraceWindows windows = trace_windows(trace.size(), window, trace.file);
  const int64_t length = windows.length;
  for (const int64_t start : window.starts) {
    check_window(trace, start, length, "starts");
    w.starts.push_back(static_cast<int32_t>(start));
  }
  if (!window.starts.empty() && !window.ranges.empty())
    trace.notes.push_back(
        "the windows begin at the starts that are given: trace-ranges say nothing");
  int64_t total = 0;
  for (const JobRange& range : windows.ranges) {
    if (range.begin < 0 || range.end > trace.size() || range.end < range.begin ||
        range.end - range.begin < length)
      throw InputError(trace.file + ", ranges",
                       "jobs from " + std::to_string(range.begin) + " up to before " +
                           std::to_string(range.end) + " cannot hold a window of " +
                           std::to_string(length) + " of the trace's " +
                           std::to_string(trace.size()) + " jobs",
                       "Use a shorter window or a longer range");
    const int64_t starts = range.end - range.begin - length + 1;
    if (window.starts.empty())
      for (int64_t s = 0; s < starts; ++s) check_window(trace, range.begin + s, length, "ranges");
    w.ranges.push_back({static_cast<int32_t>(range.begin), static_cast<int32_t>(starts)});
    total += starts;
  }
  if (total > kMaxJobs)
    throw InputError(trace.file + ", ranges", "over 2^30 possible windows", "Use fewer ranges");
  w.played = windows.ranges;
  if (!window.starts.empty()) w.played = windows_from(window.starts, length);
  if (window.starts.empty() && window.deal > 0)
    for (const int64_t start : deal_windows(windows.ranges, length, window.deal))
      w.starts.push_back(static_cast<int32_t>(start));
  w.part = windows.part;
  w.split = windows.split;
  trace.notes.insert(trace.notes.end(), windows.notes.begin(), windows.notes.end());
  if (window.warm_up) {
    WarmUpRows running = warm_up_rows(trace, windows.ranges, length);
    w.warm_up_jobs = std::min(running.most, kMostWarmUp);
    w.scalars.trace.warm_block = running.block;
    w.warm_rows = std::move(running.rows);
    w.warm_begin = std::move(running.begin);
  }

  w.scalars.trace.range_count = static_cast<int32_t>(w.ranges.size());
  w.scalars.trace.start_count = static_cast<int32_t>(w.starts.size());
  w.scalars.trace.total_starts = static_cast<int32_t>(total);
  w.scalars.trace.length = static_cast<int32_t>(length);
  w.total_jobs = trace.size();
  w.window_jobs = length;

  // Statistics over the whole file; the load over the time in which its jobs arrive.
  TemplateMeans mean;
  mean.name = "all";
  double cpu = 0, memory = 0;
  std::vector<double> gpu(w.gpu_sets.size());  // by set of models
  double tenants[kMaxTenants] = {}, hours[24] = {};
  int last_tenant = 0;
  for (int64_t i = 0; i < trace.size(); ++i) {
    const Job& job = trace.rows[i];
    const double pods = job.pods(), run = job.run;
    mean.pods += pods;
    mean.cpu_milli += pods * job.cpu_milli;
    mean.memory_mib += pods * job.memory_mib;
    mean.gpus += pods * job.gpus;
    mean.run_s += run;
    cpu += pods * job.cpu_milli * run;
    memory += pods * job.memory_mib * run;
    gpu[job.gpu_model] += pods * job.gpus * run;
    tenants[job.tenant] += 1;
    last_tenant = std::max<int>(last_tenant, job.tenant);
    const int64_t of_day = (trace.submit[i] % kDaySeconds + kDaySeconds) % kDaySeconds;
    hours[of_day / 3600] += 1;
    w.max_pods = std::max<int>(w.max_pods, job.pods());
  }
  const double jobs = static_cast<double>(trace.size());
  const double span =
      std::max<double>(1.0, static_cast<double>(trace.submit.back() - trace.submit.front()));
  for (double& demand : gpu) demand /= span;
  set_load(&w, cluster, cpu / span, memory / span, gpu);
  mean.pods /= jobs;
  mean.cpu_milli /= jobs;
  mean.memory_mib /= jobs;
  mean.gpus /= jobs;
  mean.run_s /= jobs;
  mean.jobs_per_day = jobs / span * 86400.0;
  w.means = {mean};
  w.tenants.assign(tenants, tenants + last_tenant + 1);
  for (double& share : w.tenants) share /= jobs;
  for (int h = 0; h < 24; ++h) w.jobs_per_hour[h] = hours[h] / std::max(1.0, span / 86400.0);
  w.scalars.common.tenants = static_cast<int32_t>(w.tenants.size());
  w.notes = trace.notes;
  if (config.augment.any()) set_augment(trace, config, cluster, &w);
  w.rows = std::move(trace.rows);
  w.trace_submit = std::move(trace.submit);
  return w;
}

}  // namespace cusched
