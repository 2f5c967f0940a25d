// SPDX-License-Identifier: MIT
#include "envs/readers/job_table.h"

#include <algorithm>
#include <cmath>

#include "cuda/error.h"
#include "envs/readers/text_input.h"
#include "envs/workload/mix.h"

namespace cusched {
namespace {

using Names = std::initializer_list<const char*>;

constexpr Names kSubmit = {"submit_s", "submission_timestamp", "submission_time"};
constexpr Names kRun = {"run_s"};
constexpr Names kRunMinutes = {"execution_time_minutes"};
constexpr Names kStart = {"start_time"};
constexpr Names kEnd = {"completion_time"};
constexpr Names kCpuMilli = {"cpu_milli"};
constexpr Names kCpuCores = {"job_cpu_request", "cpu_request"};
constexpr Names kMemoryMib = {"memory_mib"};
constexpr Names kMemoryGib = {"job_memory_request", "memory_request"};
constexpr Names kTenant = {"tenant", "queue_name", "namespace"};
constexpr Names kType = {"type", "job_type"};

const std::string kEmpty;

bool type_of(const std::string& name, JobType* type) {
  constexpr const char* kTypes[kJobTypes] = {"spark", "realtime", "ml", "etl", "batch", "generic"};
  for (int i = 0; i < kJobTypes; ++i) {
    if (name == kTypes[i]) {
      *type = static_cast<JobType>(i);
      return true;
    }
  }
  *type = JobType::kGeneric;
  return false;
}

}  // namespace

JobTable::JobTable(const std::vector<std::string>& header, const std::string& where,
                   int64_t header_line)
    : columns_(header.size()) {
  trace_.file = where;
  const std::string at = where + ":" + std::to_string(header_line);
  for (size_t i = 0; i < header.size(); ++i)
    if (!column_.emplace(header[i], i).second)
      throw InputError(at, "two columns are called '" + header[i] + "'", "Rename one of them");
  const auto has = [&](Names names) {
    return std::any_of(names.begin(), names.end(),
                       [&](const char* name) { return column_.count(name) > 0; });
  };
  const auto need = [&](bool there, const char* what, const char* names) {
    if (!there) throw InputError(at, std::string("no column holds the ") + what, names);
  };
  need(has(kSubmit), "submit time",
       "Add submit_s (seconds), submission_timestamp or submission_time");
  need(has(kRun) || has(kRunMinutes) || (has(kStart) && has(kEnd)), "run time",
       "Add run_s (seconds), execution_time_minutes, or start_time and completion_time");
  need(has(kCpuMilli) || has(kCpuCores), "CPU request",
       "Add cpu_milli, or job_cpu_request or cpu_request (cores)");
  need(has(kMemoryMib) || has(kMemoryGib), "memory request",
       "Add memory_mib, or job_memory_request or memory_request (GiB)");
}

const std::string& JobTable::value(const std::vector<std::string>& values, Names names,
                                   std::string* name) const {
  for (const char* candidate : names) {
    const auto found = column_.find(candidate);
    if (found == column_.end()) continue;
    *name = candidate;
    return values[found->second];
  }
  return kEmpty;
}

double JobTable::number(const std::vector<std::string>& values, Names names, double low,
                        double high, double missing, int64_t line) const {
  std::string name;
  const std::string& text = value(values, names, &name);
  if (text.empty()) return missing;
  return number_field(text, low, high, at_field(trace_.file, line, name));
}

double JobTable::time(const std::vector<std::string>& values, Names names, int64_t line) const {
  std::string name;
  const std::string& text = value(values, names, &name);
  double seconds = 0;
  if (text.empty()) return -1;
  if (parse_timestamp(text, &seconds)) return seconds;
  return number_field(text, 0, kMaxSubmitS, at_field(trace_.file, line, name));
}

double JobTable::run_time(const std::vector<std::string>& values, int64_t line) const {
  const double run = number(values, kRun, -kMaxSubmitS, kMaxSize, -1, line);
  if (run > 0) return run;
  const double minutes = number(values, kRunMinutes, -kMaxSubmitS, kMaxSize / 60, -1, line);
  if (minutes > 0) return minutes * 60;
  const double start = time(values, kStart, line), end = time(values, kEnd, line);
  if (start < 0 || end < 0) return -1;
  if (end - start > kMaxSize)
    throw InputError(at_field(trace_.file, line, "completion_time"),
                     "over 34 years after its start", "Correct one of the two times");
  return end - start;
}

void JobTable::add(const std::vector<std::string>& values, int64_t line) {
  if (values.size() != columns_)
    throw InputError(
        trace_.file + ":" + std::to_string(line),
        std::to_string(values.size()) + " fields instead of " + std::to_string(columns_),
        "Give every row as many fields as the header; put fields with commas in quotes");
  std::string name;
  const std::string& id = value(values, {"job_id"}, &name);
  if (!id.empty() && !seen_.insert(id).second) {
    ++repeated_;
    return;
  }
  const double submit = time(values, kSubmit, line), run = run_time(values, line);
  if (submit < 0 || !(run > 0)) {
    ++unfinished_;
    return;
  }
  const auto whole = [](double x) { return static_cast<int32_t>(x + 0.5); };
  Job job{};
  job.run = std::max(1, whole(run));
  job.estimate = std::max(1, whole(number(values, {"estimate_s"}, 0, kMaxSize, job.run, line)));
  double cpu = number(values, kCpuMilli, 0, kMaxSize, -1, line);
  if (cpu < 0) cpu = 1000 * number(values, kCpuCores, 0, kMaxSize / 1000, 0, line);
  double memory = number(values, kMemoryMib, 0, kMaxSize, -1, line);
  const double gib = number(values, kMemoryGib, 0, kMaxSize / 1024, 0, line);
  if (memory < 0) memory = 1024 * gib;
  job.cpu_milli = whole(cpu);
  job.memory_mib = whole(memory);
  job.gpus = static_cast<int16_t>(number(values, {"gpus"}, 0, 1024, 0, line));
  job.set_pods(static_cast<int>(number(values, {"pods"}, 1, kMaxPods, 1, line)));
  job.priority =
      static_cast<uint8_t>(number(values, {"priority", "job_priority"}, 0, kMaxPriority, 0, line));
  const std::string& type = value(values, kType, &name);
  if (!type_of(type, &job.type) && !type.empty()) ++unknown_type_;
  const std::string& tenant = value(values, kTenant, &name);
  const int next = static_cast<int>(tenant_of_.size()) % kMaxTenants;
  job.tenant = static_cast<uint8_t>(tenant_of_.emplace(tenant, next).first->second);
  job.urgent = number(values, {"urgent"}, 0, 1, 0, line) > 0 ? 1 : 0;
  job.cpu_use = static_cast<uint16_t>(number(values, {"cpu_use"}, 0, 65535, 1000, line));
  job.memory_use = static_cast<uint16_t>(number(values, {"memory_use"}, 0, 65535, 1000, line));
  // Limits in SKRueue's table are GiB; 0 stands for none.
  const double limit_gib = number(values, {"memory_limit"}, 0, kMaxSize / 1024, 0, line);
  if (limit_gib > 0 && memory > 0)
    job.memory_limit =
        static_cast<uint16_t>(std::clamp(limit_gib * 1024 * 1000 / memory, 1.0, 65534.0));
  job.oom_point = 1000;
  // A job that was killed used more than its limit (its request, where no limit is known).
  if (number(values, {"oom_killed", "oom_occurred"}, 0, 1, 0, line) > 0) {
    if (job.memory_limit == 0) job.memory_limit = 1000;
    job.memory_use = static_cast<uint16_t>(job.memory_limit + 1);
  }
  trace_.rows.push_back(job);
  trace_.submit.push_back(static_cast<int64_t>(submit));
  trace_.line.push_back(line);
}

Trace JobTable::finish() {
  const auto note = [&](int64_t jobs, const char* what) {
    if (jobs > 0) trace_.notes.push_back(std::to_string(jobs) + what);
  };
  note(repeated_, " repeated rows of the same job dropped");
  note(unfinished_, " jobs without submit or run time dropped");
  note(unknown_type_, " jobs of a type that is not known taken as generic");
  if (tenant_of_.size() > static_cast<size_t>(kMaxTenants))
    note(static_cast<int64_t>(tenant_of_.size()), " tenants share 16 indices");
  finish_trace(&trace_);
  return std::move(trace_);
}

}  // namespace cusched
