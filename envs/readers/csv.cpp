// SPDX-License-Identifier: MIT
#include "envs/readers/csv_reader.h"
#include "envs/readers/job_table.h"

namespace cusched {

Trace parse_job_csv(const std::string& text, const std::string& where) {
  CsvReader reader(text, where);
  JobTable table(reader.header(), where, reader.header_line(), reader.separator_name());
  int64_t headers = 0;
  for (std::vector<std::string> fields; reader.next(&fields);) {
    if (fields == reader.header())
      ++headers;  // files put together
    else
      table.add(fields, reader.line());
  }
  if (headers > 0) table.add_note(std::to_string(headers) + " repeated headers passed over");
  return table.finish();
}

}  // namespace cusched
