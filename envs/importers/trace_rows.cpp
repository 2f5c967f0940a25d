// SPDX-License-Identifier: MIT
#include "envs/importers/trace_rows.h"

#include <cmath>

#include "cuda/error.h"
#include "envs/importers/import_parts.h"
#include "envs/readers/text_input.h"

namespace cusched {

TraceRows::TraceRows(const TraceFile& file, const std::vector<std::string>& needed)
    : path_(file.path), reader_(file.text, file.path) {
  const std::vector<std::string>& names = reader_.header();
  const std::string header = header_where();
  std::string found;
  for (size_t i = 0; i < names.size(); ++i) {
    if (!column_.emplace(names[i], i).second)
      throw InputError(header, "two columns are called " + in_quotes(names[i]),
                       "Rename one of them");
    found += (i == 0 ? "" : ",") + names[i];
  }
  for (const std::string& name : needed)
    if (column_.count(name) == 0)
      throw InputError(header, "there is no column '" + name + "' among " + in_quotes(found),
                       "Give the file as it was published");
}

std::string TraceRows::text(const std::string& column) const {
  const auto found = column_.find(column);
  if (found == column_.end()) return "";
  const std::string& text = row_[found->second];
  const bool empty = text == "None" || text == "Unknown" || text == "nan" || text == "NULL";
  return empty ? "" : text;
}

int64_t TraceRows::amount(const std::string& column, double high) const {
  const std::string value = text(column);
  if (value.empty()) return -1;
  return static_cast<int64_t>(std::floor(number_field(value, 0, high, where(column)) + 0.5));
}

int64_t TraceRows::time(const std::string& column) const {
  const std::string value = text(column);
  double seconds = 0;
  if (value.empty()) return -1;
  if (!parse_timestamp(value, &seconds)) {
    if (!parse_number(value, &seconds))
      throw InputError(where(column), in_quotes(value) + " is not a time",
                       "Write times as 2020-06-09 18:41:01");
    seconds = number_field(value, 0, kMaxSubmitS, where(column));
  }
  return static_cast<int64_t>(seconds);
}

std::string TraceRows::header_where() const {
  return path_ + ":" + std::to_string(reader_.header_line());
}
std::string TraceRows::where() const { return path_ + ":" + std::to_string(line()); }
std::string TraceRows::where(const std::string& column) const {
  return at_field(path_, line(), column);
}

}  // namespace cusched
