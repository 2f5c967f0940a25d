// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "envs/readers/table_fields.h"
#include "envs/workload/trace.h"

namespace cusched {

// Builds a trace from rows with named columns (CSV, SQLite): cusched's own names, and those of
// SKRueue's training CSV and of its table `jobs`; docs/guides/workloads.md lists them. What is
// dropped, rounded or assumed, and which columns are not used, is told in Trace::notes.
class JobTable {
 public:
  // `separated`: how the columns were told apart, for messages, e.g. "commas"; "" where that is no
  // question. Throws InputError when the header is none, when a column that is needed (submit time,
  // run time, CPU, memory) is missing, and when a name is close to one that is missing.
  JobTable(const std::vector<std::string>& header, const std::string& where, int64_t header_line,
           const std::string& separated = "");

  // One job; `line` is named in messages.
  void add(const std::vector<std::string>& values, int64_t line);

  // For the user, before those of the rows.
  void add_note(const std::string& note) { trace_.notes.push_back(note); }

  // Notes, order, ids. Throws InputError where no job is left, with what became of the rows.
  Trace finish();

 private:
  enum Meaning {
    kId,
    kSubmit,
    kRun,
    kRunMinutes,
    kStart,
    kEnd,
    kEstimate,
    kCpuMilli,
    kCpuCores,
    kMemoryMib,
    kMemoryGib,
    kGpus,
    kGpuModel,
    kPods,
    kPriority,
    kType,
    kTenant,
    kUrgent,
    kCpuUse,
    kMemoryUse,
    kMemoryLimit,
    kOom,
    kMeanings
  };
  static constexpr int kAliases = 3;
  static const char* const kNames[kMeanings][kAliases];  // the first that a table has is read
  static std::vector<std::vector<std::string>> groups();
  std::string unused() const;  // the note of the columns that are not used, or ""

  // A row, while it is read.
  struct Row {
    const std::vector<std::string>& values;
    int64_t line;
  };

  bool has(Meaning meaning) const { return column_[meaning] >= 0; }
  const std::string& text(const Row& row, Meaning meaning) const;  // "": none, or empty
  // The same, remembering that it was asked for: another column may have spared it.
  const std::string& asked_text(const Row& row, Meaning meaning);
  std::string where(const Row& row, Meaning meaning) const;  // "FILE:LINE, field NAME"
  int64_t whole(const Row& row, Meaning meaning, int64_t low, int64_t high, int64_t missing,
                const char* fraction = "Write a whole number") const;
  bool flag(const Row& row, Meaning meaning) const;
  double amount(const Row& row, Meaning own, QuantityUnit own_unit, Meaning other,
                QuantityUnit other_unit, int64_t* missing);
  int32_t whole_seconds(double seconds);         // half up, at least 1
  double time(const Row& row, Meaning meaning);  // s; -1: none
  double run_time(const Row& row);               // s; not above 0: the row is dropped, and counted
  bool is_repeated(const Row& row);
  int32_t gpu_spec(const Row& row, int64_t gpus);  // its index

  Trace trace_;
  std::vector<std::string> header_;
  std::array<int, kMeanings> column_ = {};  // -1: none
  std::array<std::string, kMeanings> name_;
  std::array<bool, kMeanings> asked_ = {};  // with asked_text, of some row
  std::array<TimeColumn, kMeanings> times_;
  std::unordered_map<std::string, size_t> seen_;  // hash of the row, by job id
  std::unordered_map<std::string, int> tenant_of_;
  std::unordered_map<std::string, int32_t> spec_of_ = {{"", 0}};  // index into Trace::gpu_specs
  std::string conflict_;  // where the first job id comes again with other values
  int64_t rows_ = 0, repeated_ = 0, conflicts_ = 0, no_submit_ = 0, no_run_ = 0, zero_run_ = 0,
          negative_run_ = 0, unknown_type_ = 0, rounded_times_ = 0, rounded_amounts_ = 0,
          no_cpu_ = 0, no_memory_ = 0, zero_estimates_ = 0, models_without_gpus_ = 0;
};

}  // namespace cusched
