// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "envs/workload/trace.h"

namespace cusched {

// Builds a trace from rows with named columns (CSV, SQLite): cusched's own names, and those of
// SKRueue's training CSV and of its table `jobs`. Columns it does not know are ignored.
class JobTable {
 public:
  // Throws InputError when a column that is needed (submit time, run time, CPU, memory) is missing.
  JobTable(const std::vector<std::string>& header, const std::string& where, int64_t header_line);

  // One job; `line` is named in messages.
  void add(const std::vector<std::string>& values, int64_t line);

  // Notes, order, ids.
  Trace finish();

 private:
  // Value of the first of `names` the table has; empty where there is none or the field is empty.
  const std::string& value(const std::vector<std::string>& values,
                           std::initializer_list<const char*> names, std::string* name) const;
  double number(const std::vector<std::string>& values, std::initializer_list<const char*> names,
                double low, double high, double missing, int64_t line) const;
  double time(const std::vector<std::string>& values, std::initializer_list<const char*> names,
              int64_t line) const;  // s; -1 where it is missing
  double run_time(const std::vector<std::string>& values, int64_t line) const;

  Trace trace_;
  size_t columns_ = 0;
  std::unordered_map<std::string, size_t> column_;
  std::unordered_set<std::string> seen_;  // job ids
  std::unordered_map<std::string, int> tenant_of_;
  int64_t repeated_ = 0, unfinished_ = 0, unknown_type_ = 0;
};

}  // namespace cusched
