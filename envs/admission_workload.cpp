// SPDX-License-Identifier: MIT
#include "envs/admission_workload.h"

#include <algorithm>
#include <cmath>

#include "envs/job.h"

namespace cusched::admission {
namespace {

// Whether episodes are those that a training learns from.
bool is_training(const BatchOptions& batch) { return !batch.single_episode || batch.learns; }

// Larger clusters of a trace need a running-capacity of the user's.
constexpr int64_t kMostRunning = 16384;

}  // namespace

double load_of(const OptionValues& v, const WorkloadConfig& w, int member, int members) {
  if (v.text("load") != "auto") return v.number("load", member, members, 0.0, 1000.0);
  return w.name == "skrueue-sim" ? 0.9 : 0.0;
}

namespace {

TraceWindow window_of(const OptionValues& v, const BatchOptions& batch) {
  TraceWindow w;
  w.length = v.integer_or("length", "auto", kAutoLength, 0, INT32_MAX);
  for (const std::string& text : v.list("starts"))
    w.starts.push_back(v.parse_integer("starts", text, 0, INT32_MAX));
  for (const std::string& text : v.list("trace-ranges")) {
    const size_t dash = text.find('-');
    if (dash == std::string::npos)
      throw v.error("trace-ranges", "\"" + text + "\" is no range", "Write FIRST-END, e.g. 0-1981");
    w.ranges.push_back({v.parse_integer("trace-ranges", text.substr(0, dash), 0, INT32_MAX),
                        v.parse_integer("trace-ranges", text.substr(dash + 1), 1, INT32_MAX)});
  }
  w.split_share = v.number("split", 0, 1, 0.05, 0.95);
  const bool given = !w.starts.empty() || !w.ranges.empty();
  // What the user says of windows counts more than a part that a command would like to play.
  const bool whole = given || w.length == 0 || v.usual("part") == "all";
  constexpr TracePart kParts[] = {TracePart::kAll, TracePart::kTrain, TracePart::kValidation,
                                  TracePart::kHeldOut, TracePart::kAll};
  const int part = v.word("part", {"auto", "train", "validation", "held-out", "all"});
  if (part == 0 && !whole && is_training(batch)) w.part = TracePart::kTrain;
  if (part != 0 && !given && !(whole && v.trained("part"))) w.part = kParts[part];
  w.warm_up = v.word("warm-up", {"auto", "none"}) == 0 && !given && !v.boolean("commit");
  if (!is_training(batch)) w.deal = int64_t{batch.env_offset} + batch.envs;
  return w;
}

// An evaluation plays what was recorded.
AugmentConfig augment_of(const OptionValues& v, const BatchOptions& batch) {
  AugmentConfig a;
  const int loads = static_cast<int>(v.list("augment-load").size());
  if (loads < 1 || loads > 2)
    throw v.error("augment-load", "\"" + v.text("augment-load") + "\" is no range",
                  "Write LO,HI, e.g. 0.8,1.25");
  a.load_low = v.number("augment-load", 0, loads, 0.1, 10);
  a.load_high = v.number("augment-load", loads - 1, loads, 0.1, 10);
  if (a.load_high < a.load_low)
    throw v.error("augment-load", "the range " + v.text("augment-load") + " falls",
                  "Write the smaller factor first");
  a.arrivals = v.number("augment-arrivals", 0, 1, 0, 1);
  a.users = v.boolean("augment-users");
  a.jitter = v.number("augment-jitter", 0, 1, 0, 1);
  a.model = v.number("augment-model", 0, 1, 0, 1);
  return is_training(batch) ? a : AugmentConfig{};
}

}  // namespace

WorkloadConfig workload_config(const OptionValues& v, const BatchOptions& batch) {
  WorkloadConfig w;
  w.name = v.text("workload");
  w.file = v.text("trace");
  w.job_limit = v.integer("job-limit", 0, INT32_MAX);
  w.window = window_of(v, batch);
  w.augment = augment_of(v, batch);
  w.swf.memory_per_proc_mib = w.memory_per_proc_mib =
      v.integer("memory-per-proc-mib", 0, INT32_MAX);
  w.fit_file = v.text("fit-trace");
  w.fit_first = v.integer("fit-first", 0, INT32_MAX);
  w.fit_count = v.integer("fit-count", 0, INT32_MAX);
  w.max_procs = v.integer("max-procs", 0, INT32_MAX / 1000);
  if (v.text("tenants") != "auto") {
    const int64_t tenants = v.integer("tenants", 1, kMaxTenants);
    // Unequal shares n, n-1, ..., 1: for four tenants .4 .3 .2 .1.
    for (int64_t i = 0; i < tenants; ++i)
      w.tenants.push_back(2.0 * static_cast<double>(tenants - i) /
                          static_cast<double>(tenants * (tenants + 1)));
  }
  w.drop_oversize = v.word("oversize", {"refuse", "drop"}) == 1;
  open_workload(&w, v.given("workload"), v.where("workload"));
  return w;
}

int32_t horizon_of(const OptionValues& v, const Workload& workload, int member, int members) {
  constexpr int32_t kDay = 86400;
  if (v.text("horizon-s") == "auto") return workload.kind == SourceKind::kTrace ? 0 : kDay;
  return static_cast<int32_t>(v.integer("horizon-s", member, members, 0, INT32_MAX / 2));
}

namespace {

// Not larger than what jitter_size (envs/workload/augment.h) makes of the job: fewer pods of a
// gang, a smaller pod without GPUs; whole processors stay whole.
Job smallest_of(Job job, int64_t jitter_q16) {
  const auto least = [&](int64_t value) {
    return std::max<int64_t>(1, value * 65536 / (65536 + jitter_q16));
  };
  if (jitter_q16 == 0) return job;
  if (job.pods() > 1) {
    job.set_pods(static_cast<int>(least(job.pods())));
  } else if (job.gpus == 0 && job.cpu_milli > 0) {
    const int64_t unit = job.cpu_milli % 1000 == 0 ? 1000 : 1, before = job.cpu_milli / unit;
    const int64_t now = least(before);
    job.cpu_milli = static_cast<int32_t>(now * unit);
    job.memory_mib = static_cast<int32_t>(job.memory_mib * now / before);
  }
  return job;
}

}  // namespace

int64_t running_with_warm_up(const Workload& workload, const ClusterCapacity& cluster) {
  if (workload.warm_up_jobs == 0) return 0;
  int64_t cpu = INT64_MAX, memory = INT64_MAX, gpus = INT64_MAX;  // smallest requests
  const int64_t jitter_q16 = workload.scalars.augment.jitter_q16;
  for (const Job& row : workload.rows) {
    const Job job = smallest_of(row, jitter_q16);
    cpu = std::min(cpu, int64_t{job.cpu_milli} * job.pods());
    memory = std::min(memory, int64_t{job.memory_mib} * job.pods());
    gpus = std::min(gpus, int64_t{job.gpus} * job.pods());
  }
  int64_t jobs = workload.warm_up_jobs + workload.window_jobs;
  if (cpu > 0) jobs = std::min(jobs, cluster.cpu_milli / cpu);
  if (memory > 0) jobs = std::min(jobs, cluster.memory_mib / memory);
  if (gpus > 0) jobs = std::min(jobs, cluster.gpus / gpus);
  return std::min(jobs, kMostRunning);
}

int64_t expected_jobs(const Workload& w, int64_t horizon_s) {
  if (w.window_jobs > 0) return w.window_jobs;
  double per_hour = 0.0;
  for (double rate : w.jobs_per_hour) per_hour = std::max(per_hour, rate);
  const double jobs = per_hour * static_cast<double>(horizon_s) / 3600.0;
  return static_cast<int64_t>(jobs + 8.0 * std::sqrt(jobs)) + 64;
}

WorkloadSummary summary(const WorkloadConfig& config, const ClusterSpec& cluster,
                        const Workload& workload) {
  WorkloadSummary s;
  s.workload = workload.name;
  s.file = config.file;
  s.cluster = cluster_text(cluster);
  s.load = workload.offered_load;
  s.window_jobs = workload.window_jobs;
  if (workload.kind != SourceKind::kTrace) return s;
  s.jobs = workload.total_jobs;
  s.span_s = workload.trace_submit.back() - workload.trace_submit.front();
  s.part = part_name(workload.part);
  s.ranges = workload.played;
  s.held_out = workload.split.held_out.begin;
  s.warm_up_jobs = workload.warm_up_jobs;
  for (const JobRange& range : s.ranges) s.windows += (range.end - range.begin) / s.window_jobs;
  return s;
}

}  // namespace cusched::admission
