// SPDX-License-Identifier: MIT
#include "envs/readers/openb_table.h"

#include <algorithm>
#include <cmath>

#include "cuda/error.h"
#include "envs/readers/column_names.h"
#include "envs/readers/text_input.h"

namespace cusched {
namespace {

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

}  // namespace

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
    : path_(path), file_(read_text(path)), reader_(file_, path), known_(required) {
  known_.insert(known_.end(), optional.begin(), optional.end());
  const std::vector<std::string>& heading = reader_.header();
  const std::string at = path + ":" + std::to_string(reader_.header_line());
  std::vector<ColumnGroup> groups;
  for (const std::string& column : known_) {
    groups.push_back({column});
    if (std::count(heading.begin(), heading.end(), column) > 1)
      throw InputError(at, "the column '" + column + "' stands there twice",
                       "Name each column once");
  }
  if (!required.empty()) refuse_missing_header(heading, groups, join(required), at);
  refuse_misspelt(heading, groups, {}, at);
  for (const std::string& column : required)
    if (!has(column))
      throw InputError(at,
                       "there is no column '" + column + "'; there are " + column_list(heading) +
                           ", separated by " + reader_.separator_name(),
                       "The first line has to name the columns");
}

bool OpenbTable::next() { return reader_.next(&row_); }

bool OpenbTable::has(const std::string& column) const {
  return std::find(reader_.header().begin(), reader_.header().end(), column) !=
         reader_.header().end();
}

std::string OpenbTable::column_starting(const std::string& prefix) const {
  for (const std::string& column : reader_.header())
    if (column.rfind(prefix, 0) == 0) return column;
  return "";
}

size_t OpenbTable::index(const std::string& column) const {
  const auto found = std::find(reader_.header().begin(), reader_.header().end(), column);
  CUSCHED_CHECK(found != reader_.header().end(),
                "a reader asks for a column that is not there: " + column);
  return static_cast<size_t>(found - reader_.header().begin());
}

const std::string& OpenbTable::text(const std::string& column) const { return row_[index(column)]; }

int64_t OpenbTable::integer(const std::string& column, double low, double high,
                            const std::string& fraction) const {
  return whole_field(text(column), low, high, fraction, where(column));
}

int64_t OpenbTable::amount(const std::string& column, QuantityUnit unit, double low,
                           double high) const {
  double number = 0;
  if (parse_number(text(column), &number)) return integer(column, low, high);
  return std::llround(amount_field(text(column), unit, low, high, where(column)));
}

double OpenbTable::time(const std::string& column) {
  return text(column).empty() ? -1 : times_[column].read(text(column), line(), where(column));
}

std::vector<std::string> OpenbTable::notes() const {
  std::vector<std::string> notes;
  std::vector<ColumnGroup> groups;
  for (const std::string& column : known_) groups.push_back({column});
  const std::string unused = unused_note(reader_.header(), groups, {});
  if (!unused.empty()) notes.push_back(path_ + ": " + unused);
  for (const auto& [column, times] : times_) times.add_notes(path_ + ": " + column, &notes);
  return notes;
}

std::string OpenbTable::where(const std::string& column) const {
  return at_field(path_, line(), column);
}

}  // namespace cusched
