// SPDX-License-Identifier: MIT
#include <array>
#include <unordered_map>

#include "cuda/error.h"
#include "envs/readers/text_input.h"
#include "envs/workload/mix.h"
#include "envs/workload/trace.h"

// Standard Workload Format (version 2.2): 18 columns a job, comments after ';', -1 for unknown.
namespace cusched {
namespace {

constexpr int kColumns = 18;
constexpr double kMaxProcs = kMaxSize / 1000;
constexpr const char* kNames[kColumns] = {
    "1 (job number)",      "2 (submit time)",       "3 (wait time)",   "4 (run time)",
    "5 (allocated procs)", "6 (CPU time)",          "7 (used memory)", "8 (requested procs)",
    "9 (requested time)",  "10 (requested memory)", "11 (status)",     "12 (user)",
    "13 (group)",          "14 (executable)",       "15 (queue)",      "16 (partition)",
    "17 (preceding job)",  "18 (think time)"};

using Columns = std::array<std::string_view, kColumns>;

// Cuts at blanks and tabs; returns the number of columns, counting on past 18.
int split(std::string_view line, Columns* columns) {
  int count = 0;
  for (size_t at = 0;;) {
    at = line.find_first_not_of(" \t", at);
    if (at == std::string_view::npos) return count;
    size_t end = line.find_first_of(" \t", at);
    if (end == std::string_view::npos) end = line.size();
    if (count < kColumns) (*columns)[static_cast<size_t>(count)] = line.substr(at, end - at);
    ++count;
    at = end;
  }
}

// "; MaxProcs: 128" -> 128; 0 where the comment says something else.
int64_t header_number(std::string_view line, std::string_view name) {
  const size_t at = line.find(name);
  if (at == std::string_view::npos) return 0;
  if (line.find_first_not_of("; \t") != at) return 0;
  line.remove_prefix(at + name.size());
  const size_t digit = line.find_first_not_of(" \t");
  if (digit == std::string_view::npos) return 0;
  line = line.substr(digit, line.find_first_of(" \t", digit) - digit);
  double value = 0;
  if (!parse_number(line, &value) || !(value >= 1 && value <= 1e9)) return 0;
  return static_cast<int64_t>(value);
}

}  // namespace

Trace parse_swf(const std::string& text, const std::string& where, const SwfOptions& options) {
  Trace trace;
  trace.file = where;
  int64_t max_nodes = 0, line_number = 0, no_run = 0, unknown_run = 0, no_procs = 0;
  std::unordered_map<int64_t, int> tenant_of;
  std::string_view line;
  Columns columns;
  for (size_t at = 0; next_line(text, &at, &line);) {
    ++line_number;
    const size_t comment = line.find(';');
    if (comment != std::string_view::npos) {
      if (trace.max_procs == 0) trace.max_procs = header_number(line, "MaxProcs:");
      if (max_nodes == 0) max_nodes = header_number(line, "MaxNodes:");
      line = line.substr(0, comment);
    }
    const int count = split(line, &columns);
    if (count == 0) continue;
    if (count != kColumns)
      throw InputError(where + ":" + std::to_string(line_number),
                       std::to_string(count) + " columns instead of 18",
                       "Write every job in the Standard Workload Format, -1 for what is unknown");
    const auto number = [&](int column, double low, double high) {
      const size_t i = static_cast<size_t>(column - 1);
      return static_cast<int64_t>(
          number_field(columns[i], low, high, at_field(where, line_number, kNames[i])));
    };
    const int64_t submit = number(2, 0, kMaxSubmitS);
    int64_t run = number(4, -1e9, kMaxSize);
    const int64_t procs = std::max(number(5, -1, kMaxProcs), number(8, -1, kMaxProcs));
    const int64_t request = number(9, -1, kMaxSubmitS);
    if (run == 0) {
      ++no_run;
      continue;
    }
    if (procs <= 0) {
      ++no_procs;
      continue;
    }
    if (run < 0) {
      run = 10;
      ++unknown_run;
    }
    Job job{};
    job.run = static_cast<int32_t>(run);
    job.estimate =
        request > 0 ? static_cast<int32_t>(std::min<int64_t>(request, kMaxSize)) : job.run;
    job.cpu_milli = static_cast<int32_t>(procs * 1000);
    int64_t memory = procs * options.memory_per_proc_mib;
    if (options.read_memory) {
      const int64_t kib = number(10, -1, kMaxSubmitS);
      if (kib > 0) memory = (std::min<int64_t>(kib, int64_t{1} << 40) * procs + 1023) / 1024;
    }
    if (memory < 0 || memory > kMaxSize)
      throw InputError(at_field(where, line_number, kNames[9]),
                       std::to_string(memory) + " MiB for " + std::to_string(procs) +
                           " processors is out of range",
                       "Use less memory a processor");
    job.memory_mib = static_cast<int32_t>(memory);
    job.set_pods(1);
    job.type = JobType::kBatch;
    job.cpu_use = job.memory_use = job.oom_point = 1000;
    if (options.tenant != SwfOptions::Tenant::kNone) {
      const int column = options.tenant == SwfOptions::Tenant::kUser    ? 12
                         : options.tenant == SwfOptions::Tenant::kGroup ? 13
                                                                        : 15;
      // In order of appearance; the sixteenth and later ones share indices.
      const int64_t id = number(column, -1, kMaxSubmitS);
      const int next = static_cast<int>(tenant_of.size()) % kMaxTenants;
      job.tenant = static_cast<uint8_t>(tenant_of.emplace(id, next).first->second);
    }
    trace.rows.push_back(job);
    trace.submit.push_back(submit);
    trace.line.push_back(line_number);
  }
  if (trace.max_procs == 0) trace.max_procs = max_nodes;
  const auto note = [&](int64_t jobs, const char* what) {
    if (jobs > 0) trace.notes.push_back(std::to_string(jobs) + what);
  };
  note(no_run, " jobs with run time 0 dropped");
  note(no_procs, " jobs without processors dropped");
  note(unknown_run, " jobs with unknown run time set to 10 s");
  if (tenant_of.size() > static_cast<size_t>(kMaxTenants))
    note(static_cast<int64_t>(tenant_of.size()), " tenants share 16 indices");
  finish_trace(&trace);
  return trace;
}

Trace read_swf(const std::string& path, const SwfOptions& options) {
  return parse_swf(read_text(path), path, options);
}

}  // namespace cusched
