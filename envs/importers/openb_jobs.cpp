// SPDX-License-Identifier: MIT
#include <algorithm>

#include "cuda/error.h"
#include "envs/importers/import_parts.h"
#include "envs/importers/trace_rows.h"
#include "envs/readers/openb.h"
#include "envs/readers/text_input.h"

// Pod lists of Alibaba's cluster-trace-gpu-v2023 ("openb"): every pod is a job.
namespace cusched {
namespace {

constexpr double kMaxAmount = 1 << 30;

int64_t priority_of(const TraceRows& rows) {
  const std::string qos = rows.text("qos");
  if (qos.empty()) return 0;
  const int32_t priority = openb_priority(qos);
  if (priority < 0)
    throw InputError(rows.where("qos"), in_quotes(qos) + " is no QoS class", kOpenbQosAdvice);
  return priority;
}

}  // namespace

void import_openb(const TraceFile& file, const ImportOptions& options, ImportedJobs* jobs) {
  TraceRows rows(file, {"name", "cpu_milli", "memory_mib", "num_gpu", "gpu_milli"});
  if (!rows.has("creation_time") || !rows.has("deletion_time"))
    throw InputError(rows.header_where(),
                     "this list of pods has no times, and admission needs creation_time and "
                     "deletion_time",
                     "Give a list that has both, or this one to the environment placement (--env "
                     "placement --pods FILE)");
  while (rows.next()) {
    ++jobs->read;
    const std::string where = rows.where();
    const auto leave = [&](const char* why) { count_one(&jobs->left_out, why, where); };
    ImportedJob job;
    job.line = rows.line();
    job.id = rows.text("name");
    if (job.id.empty()) job.id = "row " + std::to_string(jobs->read);
    job.submit_s = rows.time("creation_time");
    const int64_t start = rows.time("scheduled_time"), end = rows.time("deletion_time");
    if (job.submit_s < 0 || start < 0 || end < 0) {
      leave(job.submit_s < 0 ? "without a creation time"
            : start < 0      ? "never scheduled"
                             : "not ended (no deletion time)");
      continue;
    }
    if (end < start) {
      leave("ends before it starts");
      continue;
    }
    job.run_s = std::max<int64_t>(end - start, 1);
    job.cpu_milli = std::max<int64_t>(rows.amount("cpu_milli", kMaxAmount), 0);
    job.memory_mib = std::max<int64_t>(rows.amount("memory_mib", kMaxAmount), 0);
    job.gpus = std::max<int64_t>(rows.amount("num_gpu", kMaxAmount), 0);
    const int64_t milli = rows.amount("gpu_milli", kMaxAmount);
    if (job.gpus > 0 && milli >= 0 && milli < kGpuMilli) {
      if (!options.round_up_shares) {
        leave(
            "asks for a share of a GPU, which admission does not have (--gpu-shares round-up "
            "takes a whole one; placement has shares)");
        continue;
      }
      count_one(&jobs->notes, "ask for a share of a GPU: a whole one taken", where);
    }
    job.gpu_model = rows.text("gpu_spec");
    job.priority = priority_of(rows);
    keep_job(jobs, std::move(job), where);
  }
}

}  // namespace cusched
