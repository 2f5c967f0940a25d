// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "envs/readers/open_trace.h"

// Rows of `sacct --parsable2`: names of fields in the first line, in any order and case, and the
// same separator everywhere ('|', or what --delimiter said). Nothing is quoted. Internal to the
// importers.
namespace cusched {

class SacctTable {
 public:
  // Throws InputError where the first line names no JobID, or where the file is the table with
  // blanks that sacct writes for people. `file` has to live as long as the table.
  explicit SacctTable(const TraceFile& file);

  // The next row that is not empty; false at the end.
  bool next();

  // False where the row has more or fewer fields than the header. A separator inside the one field
  // of free text (JobName, Comment, ...) does no harm: the other fields are counted from both ends.
  bool whole() const { return whole_; }

  bool has(std::initializer_list<const char*> names) const;
  // Value of the first of `names` (lower case) that the table has and that is filled; "" where
  // there is none. "None", "Unknown", "N/A", "(null)" and "INVALID" count as not filled. `name`
  // gets its name as the header writes it.
  std::string value(std::initializer_list<const char*> names, std::string* name) const;
  std::string value(std::initializer_list<const char*> names) const;

  int64_t line() const { return line_; }
  std::string where() const;                          // "FILE:LINE"
  std::string where(const std::string& field) const;  // "FILE:LINE, field NAME"

 private:
  std::vector<std::string_view> split(std::string_view line) const;

  const TraceFile& file_;
  std::string separator_;
  std::vector<std::string> header_;
  std::unordered_map<std::string, size_t> column_;  // by name in lower case
  size_t free_text_ = 0;                            // its column, or header_.size(): none
  std::vector<std::string_view> row_;
  bool ends_with_separator_ = false, whole_ = false;
  size_t at_ = 0;
  int64_t line_ = 0;
};

}  // namespace cusched
