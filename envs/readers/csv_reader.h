// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Tables of text as spreadsheets, databases and scripts write them. The one reader behind CSV
// traces and the lists of openb. Internal to the readers.
namespace cusched {

// Records of fields between commas, semicolons, tabs or bars: what stands most often in the header
// outside quotes, or what a first line `sep=;` (Excel) says. A field in quotes may hold separators,
// line ends and "" for a quote. Blanks around fields outside quotes are dropped. Lines end in \n,
// \r\n or, in a text without any \n, \r. Empty lines are passed over, and so are lines that begin
// with # before the header. Columns without a name at the end (trailing separators) are no columns.
class CsvReader {
 public:
  // Reads the header. `text` has to live as long as the reader. Throws InputError where the text is
  // empty.
  CsvReader(std::string_view text, const std::string& where);

  // The next record, as many fields as the header has names: empty ones behind them are dropped.
  // False at the end. Throws where a record has more or fewer fields, or a quote does not end.
  bool next(std::vector<std::string>* fields);

  const std::vector<std::string>& header() const { return header_; }
  int64_t header_line() const { return header_line_; }
  int64_t line() const { return first_line_; }  // at which the record begins, from 1
  const char* separator_name() const;           // "commas", "semicolons", ...

 private:
  bool record(std::vector<std::string>* fields);
  void skip_preamble();
  void find_separator();
  std::string at_line(int64_t line) const;

  std::string_view text_;
  std::string where_;
  std::vector<std::string> header_;
  size_t at_ = 0;
  int64_t line_ = 1, first_line_ = 0, header_line_ = 0;
  char separator_ = ',', end_ = '\n';
};

}  // namespace cusched
