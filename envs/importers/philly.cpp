// SPDX-License-Identifier: MIT
#include <algorithm>

#include "cuda/error.h"
#include "envs/importers/import_parts.h"
#include "envs/importers/json_documents.h"
#include "envs/importers/trace_rows.h"
#include "envs/readers/text_input.h"

// Microsoft's Philly trace (ATC'19): the job log of msr-fiddle/philly-traces in JSON, or the table
// of jobs that simulators made of it (timestamp, duration, num_gpus, gpu_time, cluster).
namespace cusched {
namespace {

constexpr double kMaxGpus = 1e9;

class Importer {
 public:
  Importer(const ImportOptions& options, ImportedJobs* jobs) : options_(options), jobs_(jobs) {}

  void read_table(const TraceFile& file) {
    TraceRows rows(file, {"timestamp", "duration", "num_gpus"});
    while (rows.next()) {
      ++jobs_->read;
      ImportedJob job;
      job.line = rows.line();
      job.id = std::to_string(jobs_->read);
      job.submit_s = rows.time("timestamp");
      job.run_s = rows.amount("duration", kMaxSubmitS);
      job.tenant = rows.text("cluster");
      keep(std::move(job), rows.amount("num_gpus", kMaxGpus), rows.where());
    }
  }

  void read_log(const TraceFile& file) {
    read_json_documents(file.text, file.path, [&](nlohmann::json&& document, int64_t line) {
      const JsonView view(&document, file.path + ":" + std::to_string(line));
      if (document.is_object()) return take_entry(view, file.path);
      for (const JsonView& entry : view.items()) take_entry(entry, file.path);
    });
  }

 private:
  void take_entry(const JsonView& entry, const std::string& path) {
    ++jobs_->read;
    ImportedJob job;
    job.id = entry["jobid"].text();
    job.line = jobs_->read;
    const std::string where =
        path + ", " + (job.id.empty() ? "job " + std::to_string(jobs_->read) : job.id);
    if (job.id.empty()) job.id = std::to_string(jobs_->read);
    job.submit_s = time(entry["submitted_time"]);
    job.tenant = entry["vc"].text();
    int64_t gpus = 0;
    const std::vector<JsonView> attempts = entry["attempts"].items();
    if (attempts.empty())
      return count_one(&jobs_->left_out, "without an attempt (it never started)", where);
    if (time(attempts.back()["end_time"]) < 0)
      return count_one(&jobs_->left_out, "still running", where);
    for (const JsonView& attempt : attempts) {
      const int64_t start = time(attempt["start_time"]), end = time(attempt["end_time"]);
      if (start < 0 || end < start)
        count_one(&jobs_->notes, "have attempts without their times, which are not counted", where);
      else
        job.run_s += end - start;
      int64_t used = 0;
      for (const JsonView& server : attempt["detail"].items())
        used += static_cast<int64_t>(server["gpus"].items().size());
      gpus = std::max(gpus, used);
    }
    if (attempts.size() > 1)
      count_one(&jobs_->notes, "with several attempts: the run time is their sum", where);
    const std::string status = entry["status"].text();
    if (status != "Pass" && !status.empty())
      count_one(&jobs_->notes, "killed or failed: taken with the time that they ran", where);
    keep(std::move(job), gpus, where);
  }

  // The log writes "None" for what it does not know.
  static int64_t time(const JsonView& stamp) {
    if (stamp && stamp.text() == "None") return -1;
    return stamp.time();
  }

  void keep(ImportedJob job, int64_t gpus, const std::string& where) {
    const auto leave = [&](const char* why) { count_one(&jobs_->left_out, why, where); };
    if (job.submit_s < 0) return leave("without a submit time");
    if (job.run_s <= 0) return leave("without a run time");
    if (gpus <= 0) return leave("without GPUs");
    const int64_t pods = pods_for_gpus(gpus, options_.gpus_per_node);
    job.gpus = gpus;
    if (pods > 1)
      count_one(&jobs_->notes,
                "with more than " + std::to_string(options_.gpus_per_node) +
                    " GPUs: gangs of as few equal pods as nodes of that size allow",
                where);
    spread_over_pods(&job, pods, where, jobs_);
    job.cpu_milli = job.gpus * options_.cpu_per_gpu_milli;
    job.memory_mib = job.gpus * options_.memory_per_gpu_mib;
    keep_job(jobs_, std::move(job), where);
  }

  const ImportOptions& options_;
  ImportedJobs* jobs_;
};

}  // namespace

void import_philly(const TraceFile& file, const ImportOptions& options, ImportedJobs* jobs) {
  jobs->type = JobType::kMl;
  const size_t first = file.text.find_first_not_of(" \t\r\n");
  const bool json =
      first != std::string::npos && (file.text[first] == '[' || file.text[first] == '{');
  Importer importer(options, jobs);
  if (json)
    importer.read_log(file);
  else
    importer.read_table(file);
  assume(jobs, "processors and memory are not in the trace: " +
                   std::to_string(options.cpu_per_gpu_milli) + " milli-CPU and " +
                   std::to_string(options.memory_per_gpu_mib) +
                   " MiB a GPU taken (--cpu-per-gpu, --memory-per-gpu)");
}

}  // namespace cusched
