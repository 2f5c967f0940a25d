// SPDX-License-Identifier: MIT
#include <algorithm>

#include "cuda/error.h"
#include "envs/importers/import_parts.h"
#include "envs/importers/trace_rows.h"
#include "envs/readers/text_input.h"

// SenseTime's Helios trace (SC'21): cluster_log.csv of a cluster.
namespace cusched {
namespace {

constexpr double kMaxCount = 1e9;
constexpr int64_t kMemoryPerCpuMib = 4096;  // of jobs without GPUs, unless an option says otherwise

}  // namespace

void import_helios(const TraceFile& file, const ImportOptions& options, ImportedJobs* jobs) {
  jobs->type = JobType::kMl;
  const int64_t memory_per_cpu =
      options.memory_per_cpu_mib >= 0 ? options.memory_per_cpu_mib : kMemoryPerCpuMib;
  TraceRows rows(file, {"job_id", "gpu_num", "cpu_num", "submit_time"});
  while (rows.next()) {
    ++jobs->read;
    const std::string where = rows.where();
    const auto leave = [&](const std::string& why) { count_one(&jobs->left_out, why, where); };
    ImportedJob job;
    job.line = rows.line();
    job.id = rows.text("job_id");
    if (job.id.empty()) job.id = "row " + std::to_string(jobs->read);
    job.tenant = rows.text("vc");
    const std::string state = rows.text("state");
    if (state == "RUNNING" || state == "PENDING" || state == "SUSPENDED") {
      leave("of state " + state);
      continue;
    }
    job.submit_s = rows.time("submit_time");
    job.run_s = rows.amount("duration", kMaxSubmitS);
    const int64_t start = rows.time("start_time"), end = rows.time("end_time");
    if (job.run_s < 0 && start >= 0 && end >= start) job.run_s = end - start;
    if (job.submit_s < 0 || job.run_s <= 0) {
      leave(job.submit_s < 0 ? "without a submit time" : "that never ran (no run time, or 0)");
      continue;
    }
    job.gpus = std::max<int64_t>(rows.amount("gpu_num", kMaxCount), 0);
    const int64_t cpus = std::max<int64_t>(rows.amount("cpu_num", kMaxCount), 0);
    if (job.gpus == 0 && cpus == 0) {
      leave("without GPUs and processors");
      continue;
    }
    if (state != "COMPLETED" && !state.empty())
      count_one(&jobs->notes, "failed, cancelled or out of time: taken with the time that they ran",
                where);
    job.cpu_milli = 1000 * cpus;
    job.memory_mib = job.gpus > 0 ? job.gpus * options.memory_per_gpu_mib : cpus * memory_per_cpu;
    int64_t nodes = rows.amount("node_num", kMaxCount);
    if (nodes < 1) nodes = pods_for_gpus(job.gpus, options.gpus_per_node);
    spread_over_pods(&job, nodes, where, jobs);
    keep_job(jobs, std::move(job), where);
  }
  assume(jobs, "memory is not in the trace: " + std::to_string(options.memory_per_gpu_mib) +
                   " MiB a GPU taken, " + std::to_string(memory_per_cpu) +
                   " MiB a processor of jobs without GPUs (--memory-per-gpu, --memory-per-cpu)");
}

}  // namespace cusched
