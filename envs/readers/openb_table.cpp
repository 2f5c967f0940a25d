// SPDX-License-Identifier: MIT
#include "envs/readers/openb_table.h"

#include <algorithm>
#include <cmath>

#include "cuda/error.h"
#include "envs/readers/text_input.h"

namespace cusched {

std::vector<std::string> split_fields(std::string_view text, char separator) {
  std::vector<std::string> fields;
  for (size_t at = 0;;) {
    const size_t end = text.find(separator, at);
    fields.emplace_back(
        text.substr(at, end == std::string_view::npos ? std::string_view::npos : end - at));
    if (end == std::string_view::npos) return fields;
    at = end + 1;
  }
}

OpenbTable::OpenbTable(const std::string& path, const std::vector<std::string>& required,
                       const std::vector<std::string>& optional)
    : path_(path), file_(read_text(path)), known_(required) {
  known_.insert(known_.end(), optional.begin(), optional.end());
  if (file_.compare(0, 3, "\xEF\xBB\xBF") == 0) at_ = 3;
  std::string_view line;
  if (!next_line(file_, &at_, &line) || line.empty())
    throw InputError(path, "is empty", "The first line has to name the columns");
  line_ = 1;
  heading_ = split_fields(line, ',');
  for (const std::string& column : known_) {
    const auto count = std::count(heading_.begin(), heading_.end(), column);
    if (count > 1)
      throw InputError(path + ":1", "the column '" + column + "' stands there twice",
                       "Name each column once");
  }
  for (const std::string& column : required)
    if (!has(column))
      throw InputError(path + ":1", "there is no column '" + column + "'",
                       "The first line has to name the columns");
}

bool OpenbTable::next() {
  std::string_view line;
  do {
    if (!next_line(file_, &at_, &line)) return false;
    ++line_;
  } while (line.empty());
  row_ = split_fields(line, ',');
  if (row_.size() != heading_.size())
    throw InputError(path_ + ":" + std::to_string(line_),
                     "the row has " + std::to_string(row_.size()) + " fields, the heading " +
                         std::to_string(heading_.size()),
                     "Give every row a field for every column");
  return true;
}

bool OpenbTable::has(const std::string& column) const {
  return std::find(heading_.begin(), heading_.end(), column) != heading_.end();
}

std::string OpenbTable::column_starting(const std::string& prefix) const {
  for (const std::string& column : heading_)
    if (column.rfind(prefix, 0) == 0) return column;
  return "";
}

size_t OpenbTable::index(const std::string& column) const {
  const auto found = std::find(heading_.begin(), heading_.end(), column);
  CUSCHED_CHECK(found != heading_.end(), "a reader asks for a column that is not there: " + column);
  return static_cast<size_t>(found - heading_.begin());
}

const std::string& OpenbTable::text(const std::string& column) const { return row_[index(column)]; }

int64_t OpenbTable::integer(const std::string& column, double low, double high) const {
  const double value = number_field(text(column), low, high, where(column));
  if (value != std::floor(value))
    throw InputError(where(column), "'" + text(column) + "' is not a whole number",
                     "Write a whole number");
  return static_cast<int64_t>(value);
}

std::string OpenbTable::where(const std::string& column) const {
  return at_field(path_, line_, column);
}

}  // namespace cusched
