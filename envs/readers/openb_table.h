// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// A CSV file with a heading, read row by row. Internal to the readers of openb files.
namespace cusched {

class OpenbTable {
 public:
  // Reads the file (gzip too) and its heading, which has to name every `required` column, once;
  // columns that are neither required nor optional are passed over.
  OpenbTable(const std::string& path, const std::vector<std::string>& required,
             const std::vector<std::string>& optional);

  // Moves to the next row that is not empty; false at the end. Throws where a row has more or fewer
  // fields than the heading.
  bool next();

  bool has(const std::string& column) const;
  std::string column_starting(const std::string& prefix) const;  // "": there is none
  const std::string& text(const std::string& column) const;  // of the row; the column must exist
  int64_t integer(const std::string& column, double low, double high) const;
  int64_t line() const { return line_; }               // of the row
  std::string where(const std::string& column) const;  // "FILE:LINE, field COLUMN"

 private:
  size_t index(const std::string& column) const;

  std::string path_, file_;
  std::vector<std::string> heading_, row_;
  std::vector<std::string> known_;
  size_t at_ = 0;
  int64_t line_ = 0;
};

// Text between separators; "" gives one empty field.
std::vector<std::string> split_fields(std::string_view text, char separator);

}  // namespace cusched
