// SPDX-License-Identifier: MIT
#include "envs/readers/job_table.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <utility>

#include "cuda/error.h"
#include "envs/readers/column_names.h"
#include "envs/readers/gpu_spec.h"
#include "envs/readers/text_input.h"
#include "envs/workload/mix.h"

namespace cusched {
namespace {

constexpr int kMaxJobGpus = 1024;  // of a pod

const std::string kEmpty;

// Columns of SKRueue's files that say nothing about what a job asks for and when.
const ColumnGroup& not_needed() {
  static const ColumnGroup names = {
      "job_name",          "name",        "job_status", "status",   "execution_success",
      "wait_time_minutes", "cpu_limit",   "user_name",  "metadata", "restart_count",
      "cluster_*",         "queue_length"};
  return names;
}

// What others call a column of ours: as silent as a misspelt one.
void refuse_other_words(const std::vector<std::string>& header, const std::string& where) {
  constexpr struct {
    const char *theirs, *ours;
  } kWords[] = {{"num_gpus", "gpus"},  {"num_gpu", "gpus"},     {"gpu_num", "gpus"},
                {"gpu_count", "gpus"}, {"gpu_request", "gpus"}, {"num_pods", "pods"},
                {"pod_count", "pods"}, {"replicas", "pods"},    {"parallelism", "pods"}};
  const auto has = [&](const char* name) {
    return std::find(header.begin(), header.end(), name) != header.end();
  };
  for (const auto& word : kWords)
    if (has(word.theirs) && !has(word.ours))
      throw InputError(where,
                       std::string("there is a column '") + word.theirs + "', but none called '" +
                           word.ours + "'",
                       std::string("Did you mean ") + word.ours + "? Rename it, or remove it");
}

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

size_t hash_of(const std::vector<std::string>& values) {
  size_t hash = values.size();
  for (const std::string& value : values)
    hash = hash * 0x9e3779b97f4a7c15u + std::hash<std::string>()(value);
  return hash;
}

}  // namespace

const char* const JobTable::kNames[kMeanings][kAliases] = {
    {"job_id"},
    {"submit_s", "submission_timestamp", "submission_time"},
    {"run_s"},
    {"execution_time_minutes"},
    {"start_time"},
    {"completion_time"},
    {"estimate_s"},
    {"cpu_milli"},
    {"job_cpu_request", "cpu_request"},
    {"memory_mib"},
    {"job_memory_request", "memory_request"},
    {"gpus"},
    {"gpu_model"},
    {"pods"},
    {"priority", "job_priority"},
    {"type", "job_type"},
    {"tenant", "queue_name", "namespace"},
    {"urgent"},
    {"cpu_use"},
    {"memory_use"},
    {"memory_limit"},
    {"oom_killed", "oom_occurred"}};

// Names that stand for the same are one group: a table needs one of it.
std::vector<ColumnGroup> JobTable::groups() {
  std::vector<ColumnGroup> all;
  for (int meaning = 0; meaning < kMeanings; ++meaning) {
    const bool joins = meaning == kRunMinutes || meaning == kStart || meaning == kEnd ||
                       meaning == kCpuCores || meaning == kMemoryGib;
    if (!joins) all.emplace_back();
    for (const char* name : kNames[meaning])
      if (name != nullptr) all.back().push_back(name);
  }
  return all;
}

JobTable::JobTable(const std::vector<std::string>& header, const std::string& where,
                   int64_t header_line, const std::string& separated)
    : header_(header) {
  trace_.file = where;
  trace_.gpu_specs = {""};
  const std::string at = header_line > 0 ? where + ":" + std::to_string(header_line) : where;
  const std::vector<ColumnGroup> known = groups();
  refuse_missing_header(header, known, "job_id,submit_s,run_s,cpu_milli,memory_mib", at);
  for (auto name = header.begin(); name != header.end(); ++name)
    if (!name->empty() && std::find(header.begin(), name, *name) != name)
      throw InputError(at, "two columns are called '" + name->substr(0, 40) + "'",
                       "Rename one of them");
  for (size_t meaning = 0; meaning < kMeanings; ++meaning) {
    column_[meaning] = -1;
    for (const char* name : kNames[meaning]) {
      const auto found =
          name == nullptr ? header.end() : std::find(header.begin(), header.end(), name);
      if (found == header.end()) continue;
      column_[meaning] = static_cast<int>(found - header.begin());
      name_[meaning] = name;
      break;
    }
  }
  refuse_misspelt(header, known, not_needed(), at);
  refuse_other_words(header, at);
  const auto need = [&](bool there, const char* what, const char* names) {
    if (there) return;
    throw InputError(at,
                     std::string("no column holds the ") + what + "; there are " +
                         column_list(header) + (separated.empty() ? "" : ", separated by ") +
                         separated,
                     names);
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

// Known too are columns whose meaning another one has, of all rows or of every row that was read.
std::string JobTable::unused() const {
  std::map<std::string, std::string> instead;
  for (size_t meaning = 0; meaning < kMeanings; ++meaning)
    for (const char* name : kNames[meaning])
      if (name != nullptr && column_[meaning] >= 0 && name_[meaning] != name)
        instead[name] = name_[meaning];
  // SKRueue's table has both, and its columns of run times stand side by side too.
  if (has(kTenant) && name_[kTenant] == "queue_name") instead.erase("namespace");
  constexpr std::pair<Meaning, Meaning> kStandIns[] = {{kRun, kRunMinutes},
                                                       {kRun, kStart},
                                                       {kRun, kEnd},
                                                       {kCpuMilli, kCpuCores},
                                                       {kMemoryMib, kMemoryGib}};
  for (const auto& [first, other] : kStandIns)
    if (has(other) && asked_[first] && !asked_[other]) instead[name_[other]] = name_[first];
  return unused_note(header_, groups(), not_needed(), instead);
}

const std::string& JobTable::text(const Row& row, Meaning meaning) const {
  return has(meaning) ? row.values[static_cast<size_t>(column_[meaning])] : kEmpty;
}

const std::string& JobTable::asked_text(const Row& row, Meaning meaning) {
  asked_[meaning] = asked_[meaning] || has(meaning);
  return text(row, meaning);
}

std::string JobTable::where(const Row& row, Meaning meaning) const {
  return at_field(trace_.file, row.line, name_[meaning]);
}

int64_t JobTable::whole(const Row& row, Meaning meaning, int64_t low, int64_t high, int64_t missing,
                        const char* fraction) const {
  const std::string& value = text(row, meaning);
  if (value.empty()) return missing;
  return whole_field(value, static_cast<double>(low), static_cast<double>(high), fraction,
                     where(row, meaning));
}

bool JobTable::flag(const Row& row, Meaning meaning) const {
  const std::string& value = text(row, meaning);
  return !value.empty() && flag_field(value, where(row, meaning));
}

// A request, which is rounded to the nearest whole unit. Bare cores and GiB are fractions by
// nature; elsewhere a fraction is worth a note.
double JobTable::amount(const Row& row, Meaning own, QuantityUnit own_unit, Meaning other,
                        QuantityUnit other_unit, int64_t* missing) {
  double value = 0;
  if (!asked_text(row, own).empty()) {
    value = amount_field(text(row, own), own_unit, 0, kMaxSize, where(row, own));
    if (value != std::floor(value)) ++rounded_amounts_;
  } else if (!asked_text(row, other).empty()) {
    value = amount_field(text(row, other), other_unit, 0, kMaxSize, where(row, other));
  } else {
    ++*missing;
  }
  return value;
}

int32_t JobTable::whole_seconds(double seconds) {
  if (seconds != std::floor(seconds)) ++rounded_times_;
  return std::max(1, static_cast<int32_t>(seconds + 0.5));
}

double JobTable::time(const Row& row, Meaning meaning) {
  const std::string& value = asked_text(row, meaning);
  if (value.empty()) return -1;
  return times_[meaning].read(value, row.line, where(row, meaning));
}

double JobTable::run_time(const Row& row) {
  // A column that knows nothing of this job leaves it to the next.
  double first = 0;
  bool known = false;
  const auto candidate = [&](double value) {
    if (!known) first = value;
    known = true;
    return value > 0;
  };
  for (const auto& [meaning, bare_s] : {std::pair{kRun, 1.0}, std::pair{kRunMinutes, 60.0}}) {
    const std::string& value = asked_text(row, meaning);
    if (value.empty()) continue;
    const double run = run_field(value, bare_s, -kMaxSubmitS, kMaxSize, where(row, meaning));
    if (candidate(run)) return run;
  }
  const double start = time(row, kStart), end = time(row, kEnd);
  if (start >= 0 && end >= 0) {
    if (end - start > kMaxSize)
      throw InputError(where(row, kEnd), "over 34 years after its start",
                       "Correct one of the two times");
    if (candidate(end - start)) return end - start;
  }
  if (!known) {
    ++no_run_;
    return -1;
  }
  ++(first < 0 ? negative_run_ : zero_run_);
  return first;
}

bool JobTable::is_repeated(const Row& row) {
  const std::string& id = text(row, kId);
  if (id.empty()) return false;
  const size_t hash = hash_of(row.values);
  const auto [entry, fresh] = seen_.emplace(id, hash);
  if (fresh) return false;
  ++repeated_;
  if (entry->second != hash && conflicts_++ == 0)
    conflict_ =
        trace_.file + ":" + std::to_string(row.line) + ", job_id '" + id.substr(0, 40) + "'";
  return true;
}

int32_t JobTable::gpu_spec(const Row& row, int64_t gpus) {
  const std::string& spec = text(row, kGpuModel);
  if (gpu_spec_names(spec, where(row, kGpuModel)).empty()) return 0;
  if (gpus == 0) {
    ++models_without_gpus_;
    return 0;
  }
  const auto [entry, fresh] = spec_of_.emplace(spec, static_cast<int32_t>(spec_of_.size()));
  if (fresh) trace_.gpu_specs.push_back(spec);
  return entry->second;
}

void JobTable::add(const std::vector<std::string>& values, int64_t line) {
  if (values.size() != header_.size())
    throw InputError(
        trace_.file + ":" + std::to_string(line),
        std::to_string(values.size()) + " fields instead of " + std::to_string(header_.size()),
        "Give every row as many fields as the header");
  const Row row{values, line};
  ++rows_;
  if (is_repeated(row)) return;
  const double submit = time(row, kSubmit);
  if (submit < 0) {
    ++no_submit_;
    return;
  }
  const double run = run_time(row);
  if (!(run > 0)) return;
  Job job{};
  job.run = whole_seconds(run);
  job.estimate = job.run;
  if (const std::string& estimate = text(row, kEstimate); !estimate.empty()) {
    const double seconds = run_field(estimate, 1, 0, kMaxSize, where(row, kEstimate));
    if (seconds == 0) ++zero_estimates_;
    job.estimate = whole_seconds(seconds);
  }
  const double cpu =
      amount(row, kCpuMilli, QuantityUnit::kMilliCpu, kCpuCores, QuantityUnit::kCores, &no_cpu_);
  const double memory =
      amount(row, kMemoryMib, QuantityUnit::kMib, kMemoryGib, QuantityUnit::kGib, &no_memory_);
  job.cpu_milli = static_cast<int32_t>(cpu + 0.5);
  job.memory_mib = static_cast<int32_t>(memory + 0.5);
  job.gpus = static_cast<int16_t>(
      whole(row, kGpus, 0, kMaxJobGpus, 0,
            "Jobs have whole GPUs; shares of a GPU are pods of the environment placement "
            "(--env placement --pods FILE, columns num_gpu and gpu_milli)"));
  job.set_pods(static_cast<int>(
      whole(row, kPods, 1, kMaxPods, 1, "Write the whole number of pods that start together")));
  job.priority = static_cast<uint8_t>(whole(row, kPriority, 0, kMaxPriority, 0));
  const std::string& type = text(row, kType);
  if (!type_of(type, &job.type) && !type.empty()) ++unknown_type_;
  // In order of appearance; the sixteenth and later ones share indices.
  const int next = static_cast<int>(tenant_of_.size()) % kMaxTenants;
  job.tenant =
      static_cast<uint8_t>(tenant_of_.emplace(text(row, kTenant), next).first->second) & 15;
  job.urgent = flag(row, kUrgent) ? 1 : 0;
  const char* const per_mille = "Write per mille of the request: 800 for 0.8";
  job.cpu_use = static_cast<uint16_t>(whole(row, kCpuUse, 0, 65535, 1000, per_mille));
  job.memory_use = static_cast<uint16_t>(whole(row, kMemoryUse, 0, 65535, 1000, per_mille));
  // Limits in SKRueue's table are GiB; 0 stands for none.
  if (const std::string& limit = text(row, kMemoryLimit); !limit.empty() && memory > 0) {
    const double mib =
        amount_field(limit, QuantityUnit::kGib, 0, kMaxSize, where(row, kMemoryLimit));
    if (mib > 0)
      job.memory_limit = static_cast<uint16_t>(std::clamp(mib * 1000 / memory, 1.0, 65534.0));
  }
  job.oom_point = 1000;
  // A job that was killed used more than its limit (its request, where no limit is known).
  if (flag(row, kOom)) {
    if (job.memory_limit == 0) job.memory_limit = 1000;
    job.memory_use = static_cast<uint16_t>(job.memory_limit + 1);
  }
  if (submit != std::floor(submit)) ++rounded_times_;
  if (has(kGpuModel)) trace_.gpu_spec.push_back(gpu_spec(row, job.gpus));
  trace_.rows.push_back(job);
  trace_.submit.push_back(static_cast<int64_t>(std::floor(submit + 0.5)));
  trace_.line.push_back(line);
}

Trace JobTable::finish() {
  const auto note = [&](int64_t jobs, const std::string& what) {
    if (jobs > 0) add_note(std::to_string(jobs) + what);
  };
  if (const std::string columns = unused(); !columns.empty())
    trace_.notes.insert(trace_.notes.begin(), columns);
  note(repeated_ - conflicts_, " repeated rows of the same job dropped");
  note(conflicts_, " rows with the job_id of an earlier one and other values dropped (the first: " +
                       conflict_ + "): the earliest counts");
  note(no_submit_, " jobs without submit time dropped");
  note(no_run_, " jobs without run time dropped");
  note(zero_run_, " jobs with run time 0 dropped");
  note(negative_run_, " jobs with a negative run time dropped");
  if (trace_.rows.empty() && rows_ > 0) {
    std::string why;
    for (const std::string& text : trace_.notes) why += (why.empty() ? ": " : "; ") + text;
    throw InputError(trace_.file, "no job is left of " + std::to_string(rows_) + " rows" + why,
                     "Give jobs that have a submit time and a run time");
  }
  for (size_t meaning = 0; meaning < kMeanings; ++meaning)
    times_[meaning].add_notes(name_[meaning], &trace_.notes);
  note(rounded_times_, " times with a fraction of a second rounded, halves up");
  note(rounded_amounts_, " requests rounded to whole milli-CPU and MiB");
  note(no_cpu_, " jobs without a CPU request taken as 0");
  note(no_memory_, " jobs without a memory request taken as 0");
  note(zero_estimates_, " estimates of 0 s taken as 1 s");
  note(models_without_gpus_, " jobs without GPUs name a GPU model: it is ignored");
  note(unknown_type_, " jobs of a type that is not known taken as generic");
  if (tenant_of_.size() > static_cast<size_t>(kMaxTenants))
    note(static_cast<int64_t>(tenant_of_.size()),
         " tenants share " + std::to_string(kMaxTenants) + " indices");
  if (trace_.gpu_specs.size() == 1) trace_.gpu_spec.clear();  // nobody names one
  finish_trace(&trace_);
  return std::move(trace_);
}

}  // namespace cusched
