// SPDX-License-Identifier: MIT
#include "cuda/error.h"
#include "envs/readers/job_table.h"
#include "envs/readers/text_input.h"

namespace cusched {
namespace {

// Reads one record from *at on: fields between commas, quoted ones with "" for a quote and with
// line ends inside. Returns false at the end of the text. *line counts lines.
bool next_record(const std::string& text, const std::string& where, size_t* at, int64_t* line,
                 std::vector<std::string>* fields) {
  fields->clear();
  if (*at >= text.size()) return false;
  std::string field;
  bool was_quoted = false;
  const int64_t first_line = *line;
  while (*at < text.size()) {
    const char c = text[*at];
    if (c == '"' && field.empty() && !was_quoted) {
      was_quoted = true;
      for (++*at;; ++*at) {
        if (*at >= text.size())
          throw InputError(where + ":" + std::to_string(first_line), "a quoted field does not end",
                           "Close the field with a quote");
        if (text[*at] == '"') {
          if (*at + 1 >= text.size() || text[*at + 1] != '"') break;
          ++*at;
        }
        if (text[*at] == '\n') ++*line;
        field += text[*at];
      }
      ++*at;
      continue;
    }
    ++*at;
    if (c == ',' || c == '\n') {
      if (c == '\n' && !was_quoted && !field.empty() && field.back() == '\r') field.pop_back();
      fields->push_back(std::move(field));
      field.clear();
      was_quoted = false;
      if (c == ',') continue;
      ++*line;
      return true;
    }
    if (was_quoted && c != '\r')
      throw InputError(where + ":" + std::to_string(*line), "text follows a quoted field",
                       "Put a comma or a line end after the quote");
    if (!was_quoted) field += c;
  }
  fields->push_back(std::move(field));
  ++*line;
  return true;
}

}  // namespace

Trace parse_job_csv(const std::string& text, const std::string& where) {
  size_t at = text.compare(0, 3, "\xEF\xBB\xBF") == 0 ? 3 : 0;
  int64_t line = 1;
  std::vector<std::string> fields;
  if (!next_record(text, where, &at, &line, &fields))
    throw InputError(where, "is empty", "The first line has to name the columns");
  JobTable table(fields, where, 1);
  for (;;) {
    const int64_t first_line = line;
    if (!next_record(text, where, &at, &line, &fields)) break;
    if (fields.size() == 1 && fields[0].empty()) continue;  // an empty line
    table.add(fields, first_line);
  }
  return table.finish();
}

Trace read_job_csv(const std::string& path) { return parse_job_csv(read_text(path), path); }

}  // namespace cusched
