// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "envs/readers/csv_reader.h"
#include "envs/readers/open_trace.h"

// Rows of a published trace in CSV, by the names of its columns. Internal to the importers.
namespace cusched {

class TraceRows {
 public:
  // Throws InputError where one of `needed` is not among the columns.
  TraceRows(const TraceFile& file, const std::vector<std::string>& needed);

  bool has(const std::string& column) const { return column_.count(column) > 0; }
  std::string header_where() const;  // "FILE:LINE" of the header

  bool next() { return reader_.next(&row_); }

  // "" where there is no such column, and for an empty field, "None", "Unknown", "nan" and "NULL".
  std::string text(const std::string& column) const;
  // A number in [0, high], rounded up half; -1 where the field is empty.
  int64_t amount(const std::string& column, double high) const;
  // Seconds since 1970 of a date and time, or a number of seconds; -1 where the field is empty.
  int64_t time(const std::string& column) const;

  int64_t line() const { return reader_.line(); }
  std::string where() const;                           // "FILE:LINE"
  std::string where(const std::string& column) const;  // "FILE:LINE, field COLUMN"

 private:
  std::string path_;
  CsvReader reader_;
  std::map<std::string, size_t> column_;
  std::vector<std::string> row_;
};

}  // namespace cusched
