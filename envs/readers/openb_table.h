// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "envs/readers/csv_reader.h"
#include "envs/readers/table_fields.h"

// A CSV file with a heading, read row by row. Internal to the readers of openb files.
namespace cusched {

class OpenbTable {
 public:
  // Reads the file (packed ones too) and its heading, which has to name every `required` column,
  // once. Columns that are neither required nor optional are passed over; a name that is close to
  // one of them, where that is missing, is refused.
  OpenbTable(const std::string& path, const std::vector<std::string>& required,
             const std::vector<std::string>& optional);
  OpenbTable(const OpenbTable&) = delete;  // the reader looks into the file's text
  OpenbTable& operator=(const OpenbTable&) = delete;

  // Moves to the next row that is not empty; false at the end. Throws where a row has more or fewer
  // fields than the heading.
  bool next();

  bool has(const std::string& column) const;
  std::string column_starting(const std::string& prefix) const;  // "": there is none
  const std::string& first_column() const { return reader_.header().front(); }
  const std::string& text(const std::string& column) const;  // of the row; the column must exist
  // A whole number; `fraction` says what to write for a fraction.
  int64_t integer(const std::string& column, double low, double high,
                  const std::string& fraction = "Write a whole number") const;
  // Milli-CPU or MiB, also as a quantity ("64Gi"), to the nearest whole number.
  int64_t amount(const std::string& column, QuantityUnit unit, double low, double high) const;
  double time(const std::string& column);              // s; -1 where the field is empty
  int64_t line() const { return reader_.line(); }      // of the row
  std::string where(const std::string& column) const;  // "FILE:LINE, field COLUMN"

  // Which columns are not used, and what was assumed of times.
  std::vector<std::string> notes() const;

 private:
  size_t index(const std::string& column) const;

  std::string path_, file_;
  CsvReader reader_;
  std::vector<std::string> row_, known_;
  std::map<std::string, TimeColumn> times_;
};

// Text between separators; "" gives one empty field.
std::vector<std::string> split_fields(std::string_view text, char separator);

}  // namespace cusched
