// SPDX-License-Identifier: MIT
#include "envs/workload/augment_build.h"

#include <algorithm>
#include <cmath>

#include "cuda/error.h"
#include "envs/inputs.h"
#include "envs/workload/generator_parts.h"
#include "envs/workload/tables.h"

namespace cusched {
namespace {

constexpr int64_t kFewestToFit = 100;        // jobs
constexpr int64_t kMostProcsToFit = 4096;    // the fit of sizes takes seconds above
constexpr int64_t kLargestEstimate = 65535;  // per mille of the run time

uint32_t q16(double x) { return static_cast<uint32_t>(std::lround(x * 65536.0)); }

// The jobs that are played, one after the other, each range's first a gap of 0 after the one
// before.
Trace played_jobs(const Trace& trace, const std::vector<JobRange>& ranges) {
  Trace jobs;
  jobs.file = trace.file;
  int64_t shift = 0;
  for (const JobRange& range : ranges) {
    if (!jobs.submit.empty())
      shift = jobs.submit.back() - trace.submit[static_cast<size_t>(range.begin)];
    for (int64_t i = range.begin; i < range.end; ++i) {
      jobs.rows.push_back(trace.rows[static_cast<size_t>(i)]);
      jobs.submit.push_back(trace.submit[static_cast<size_t>(i)] + shift);
    }
  }
  return jobs;
}

// Why Lublin's model does not describe these jobs; "" where it does.
std::string no_lublin(const Trace& jobs, int64_t memory_per_proc_mib) {
  if (jobs.size() < kFewestToFit) return "they are fewer than " + std::to_string(kFewestToFit);
  for (const Job& job : jobs.rows) {
    if (job.gpus > 0) return "they ask for GPUs";
    if (job.pods() > 1 || job.cpu_milli < 1000 || job.cpu_milli % 1000 != 0 || job.priority != 0 ||
        job.urgent != 0)
      return "they are not rigid jobs of processors";
    if (job.memory_mib != job.cpu_milli / 1000 * memory_per_proc_mib)
      return "their memory does not follow from their processors";
    if (job.cpu_milli / 1000 > kMostProcsToFit)
      return "they have more than " + grouped(kMostProcsToFit) + " processors";
  }
  return "";
}

std::vector<int> estimates(const Trace& jobs) {
  std::vector<int64_t> ratios;
  for (const Job& job : jobs.rows)
    ratios.push_back(std::min(int64_t{job.estimate} * 1000 / job.run, kLargestEstimate));
  std::sort(ratios.begin(), ratios.end());
  std::vector<int> quantiles;
  for (size_t i = 0; i < kKnots; ++i)
    quantiles.push_back(static_cast<int>(ratios[i * (ratios.size() - 1) / (kKnots - 1)]));
  return quantiles;
}

// Lublin's model of `jobs`, with their tenants, estimates and load.
Workload fitted(const Trace& jobs, const WorkloadConfig& config, const ClusterCapacity& cluster,
                size_t tenants) {
  const LublinParams params = fit_lublin(jobs, 0, jobs.size());  // refuses jobs of one moment
  WorkloadConfig of;
  of.memory_per_proc_mib = config.memory_per_proc_mib;
  of.estimate = estimates(jobs);
  of.urgent = 0;
  of.tenants.assign(tenants, 0.0);
  double cpu = 0;
  for (const Job& job : jobs.rows) {
    of.tenants[job.tenant] += 1;
    of.max_procs = std::max<int64_t>(of.max_procs, job.cpu_milli / 1000);
    cpu += static_cast<double>(job.cpu_milli) * job.run;
  }
  // Whatever the fit of a heavy tail makes of it. Memory follows from the processors.
  const double share = cpu / static_cast<double>(cluster.cpu_milli);
  double load = share / static_cast<double>(jobs.submit.back() - jobs.submit.front());
  if (of.memory_per_proc_mib > 0 && cluster.memory_mib > 0)
    load *= std::max(1.0, static_cast<double>(of.memory_per_proc_mib) * cluster.cpu_milli /
                              (1000.0 * static_cast<double>(cluster.memory_mib)));
  of.load = std::min(load, 1000.0);
  return build_lublin(params, of, cluster);
}

}  // namespace

void set_augment(const Trace& trace, const WorkloadConfig& config, const ClusterCapacity& cluster,
                 Workload* w) {
  const AugmentConfig& given = config.augment;
  AugmentView& augment = w->scalars.augment;
  augment.on = true;
  augment.load_q16 = q16(given.load_low);
  augment.load_span = q16(given.load_high) - augment.load_q16;
  augment.arrivals = probability_threshold(given.arrivals);
  augment.model = probability_threshold(given.model);
  augment.jitter_q16 = q16(given.jitter);
  augment.users = given.users ? static_cast<int32_t>(w->tenants.size()) : 0;
  augment.max_pods = w->max_pods;
  if (given.model == 0) return;
  const Trace jobs = played_jobs(trace, w->played);
  std::string why = no_lublin(jobs, config.memory_per_proc_mib);
  if (why.empty()) try {
      Workload model = fitted(jobs, config, cluster, w->tenants.size());
      w->gap = std::move(model.gap);
      w->rate = std::move(model.rate);
      w->size_cdf = std::move(model.size_cdf);
      w->short_run = std::move(model.short_run);
      w->run_short = std::move(model.run_short);
      w->run_long = std::move(model.run_long);
      w->tenant_cdf = std::move(model.tenant_cdf);
      w->estimate = std::move(model.estimate);
      w->scalars.arrivals = model.scalars.arrivals;
      w->scalars.lublin = model.scalars.lublin;
      w->scalars.common.urgent = 0;
      augment.lublin = true;
    } catch (const InputError& error) {
      why = error.what();
    }
  w->notes.push_back("augment-model: " + count_text(jobs.size(), "job") + " of " + trace.file +
                     (augment.lublin
                          ? " fitted with Lublin's model"
                          : " are resampled, one by one (no model of Lublin's: " + why + ")"));
}

}  // namespace cusched
