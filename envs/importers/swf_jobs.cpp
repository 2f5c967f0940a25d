// SPDX-License-Identifier: MIT
#include <algorithm>
#include <set>

#include "envs/importers/import_parts.h"
#include "envs/readers/text_input.h"

// Standard Workload Format, as the project's own reader takes it: the table gives the same episodes
// as the file itself.
namespace cusched {

void import_swf(const TraceFile& file, const ImportOptions& options, ImportedJobs* jobs) {
  jobs->type = JobType::kBatch;
  SwfOptions swf;
  swf.memory_per_proc_mib = std::max<int64_t>(options.memory_per_cpu_mib, 0);
  const Trace trace = parse_swf(file.text, file.path, swf);
  // The reader sorts; the order of the file gives tenants the same indices again.
  std::vector<size_t> order(trace.rows.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return trace.line[a] < trace.line[b]; });
  // Job numbers may come twice, ids may not.
  std::set<std::string> ids;
  for (const ImportedJob& job : jobs->jobs) ids.insert(job.id);
  std::string_view line;
  int64_t number = 0;
  size_t at = 0;
  for (const size_t i : order) {
    while (number < trace.line[i] && next_line(file.text, &at, &line)) ++number;
    const Job& row = trace.rows[i];
    ImportedJob job;
    const size_t first = std::min(line.find_first_not_of(" \t"), line.size());
    job.id = line.substr(first, line.find_first_of(" \t", first) - first);
    job.line = trace.line[i];
    if (!ids.insert(job.id).second) {
      job.id += " of line " + std::to_string(job.line);
      ids.insert(job.id);
    }
    job.submit_s = trace.submit[i];
    job.run_s = row.run;
    job.estimate_s = row.estimate;
    job.cpu_milli = row.cpu_milli;
    job.memory_mib = row.memory_mib;
    job.pods = row.pods();
    job.tenant = std::to_string(row.tenant);
    keep_job(jobs, std::move(job), file.path + ":" + std::to_string(job.line));
  }
  for (at = 0; next_line(file.text, &at, &line);) {
    const size_t first = line.find_first_not_of(" \t");
    if (first != std::string_view::npos && line[first] != ';') ++jobs->read;
  }
  for (const std::string& note : trace.notes) assume(jobs, note);
  if (trace.max_procs > 0)
    assume(jobs, "the header's " + std::to_string(trace.max_procs) +
                     " processors are not in the table: give the cluster with --nodes");
}

}  // namespace cusched
