// SPDX-License-Identifier: MIT
#include "envs/admission_workload.h"

#include <algorithm>
#include <cmath>

#include "envs/job.h"

namespace cusched::admission {

double load_of(const OptionValues& v, const WorkloadConfig& w, int member, int members) {
  if (v.text("load") != "auto") return v.number("load", member, members, 0.0, 1000.0);
  return w.name == "skrueue-sim" ? 0.9 : 0.0;
}

WorkloadConfig workload_config(const OptionValues& v) {
  WorkloadConfig w;
  w.name = v.text("workload");
  w.file = v.text("trace");
  w.job_limit = v.integer("job-limit", 0, INT32_MAX);
  w.window.length = v.integer("length", 0, INT32_MAX);
  for (const std::string& text : v.list("starts"))
    w.window.starts.push_back(v.parse_integer("starts", text, 0, INT32_MAX));
  for (const std::string& text : v.list("trace-ranges")) {
    const size_t dash = text.find('-');
    if (dash == std::string::npos)
      throw v.error("trace-ranges", "\"" + text + "\" is no range", "Write FIRST-END, e.g. 0-1981");
    w.window.ranges.push_back(
        {v.parse_integer("trace-ranges", text.substr(0, dash), 0, INT32_MAX),
         v.parse_integer("trace-ranges", text.substr(dash + 1), 1, INT32_MAX)});
  }
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
  s.part = "all";
  for (const StartRange& range : workload.ranges) {
    const int64_t end = range.begin + range.starts - 1 + workload.window_jobs;
    s.ranges.push_back({range.begin, end});
    s.windows += (end - range.begin) / workload.window_jobs;
  }
  return s;
}

}  // namespace cusched::admission
