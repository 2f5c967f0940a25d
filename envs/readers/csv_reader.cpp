// SPDX-License-Identifier: MIT
#include "envs/readers/csv_reader.h"

#include <algorithm>

#include "cuda/error.h"
#include "envs/readers/text_input.h"

namespace cusched {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && (is_blank(text.back()) || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

}  // namespace

CsvReader::CsvReader(std::string_view text, const std::string& where) : text_(text), where_(where) {
  if (text_.substr(0, 3) == "\xEF\xBB\xBF") at_ = 3;
  if (text_.find('\n') == text_.npos && text_.find('\r') != text_.npos) end_ = '\r';
  const size_t zero = text_.find('\0');
  if (zero != text_.npos)
    throw InputError(
        at_line(1 + std::count(text_.begin(), text_.begin() + static_cast<int64_t>(zero), '\n')),
        "holds a zero byte: this is no text", "Give a text file in UTF-8");
  skip_preamble();
  header_line_ = line_;
  if (!record(&header_))
    throw InputError(where, "is empty", "The first line has to name the columns");
  while (header_.size() > 1 && header_.back().empty()) header_.pop_back();
}

// Up to the header: empty lines, comments, and Excel's line that names the separator.
void CsvReader::skip_preamble() {
  bool told = false;
  while (at_ < text_.size()) {
    const size_t end = std::min(text_.find(end_, at_), text_.size());
    const std::string_view line = trim(text_.substr(at_, end - at_));
    // Excel keeps a tab after the sign, which trim() takes away.
    const bool sep =
        !told && (line.substr(0, 4) == "sep=" || line.substr(0, 4) == "SEP=") && line.size() <= 5;
    if (!line.empty() && line[0] != '#' && !sep) break;
    if (sep) separator_ = line.size() == 5 ? line[4] : '\t';
    told = told || sep;
    at_ = end + 1;
    ++line_;
  }
  if (!told) find_separator();
}

void CsvReader::find_separator() {
  bool quoted = false;
  int count[4] = {};
  constexpr std::string_view kSeparators = ",;\t|";
  for (size_t i = at_; i < text_.size() && (quoted || text_[i] != end_); ++i) {
    if (text_[i] == '"') quoted = !quoted;
    const size_t found = quoted ? kSeparators.npos : kSeparators.find(text_[i]);
    if (found != kSeparators.npos) ++count[found];
  }
  separator_ = kSeparators[static_cast<size_t>(std::max_element(count, count + 4) - count)];
}

const char* CsvReader::separator_name() const {
  switch (separator_) {
    case ',':
      return "commas";
    case ';':
      return "semicolons";
    case '\t':
      return "tabs";
    case '|':
      return "bars";
    default:
      return "the sign of the first line";
  }
}

std::string CsvReader::at_line(int64_t line) const { return where_ + ":" + std::to_string(line); }

bool CsvReader::record(std::vector<std::string>* fields) {
  fields->clear();
  if (at_ >= text_.size()) return false;
  first_line_ = line_;
  std::string field;
  bool was_quoted = false;
  const auto close = [&] {
    fields->push_back(was_quoted ? std::move(field) : std::string(trim(field)));
    field.clear();
    was_quoted = false;
  };
  while (at_ < text_.size()) {
    const char c = text_[at_++];
    if (c == separator_) {
      close();
    } else if (c == end_) {
      close();
      ++line_;
      return true;
    } else if (c == '"' && !was_quoted && trim(field).empty()) {
      field.clear();
      was_quoted = true;
      for (;; ++at_) {
        if (at_ >= text_.size())
          throw InputError(at_line(first_line_), "a quoted field does not end",
                           "Close the field with a quote");
        if (text_[at_] == '"') {
          if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
          ++at_;
        }
        if (text_[at_] == end_) ++line_;
        field += text_[at_];
      }
      ++at_;
    } else if (!was_quoted) {
      field += c;
    } else if (!is_blank(c) && c != '\r') {
      throw InputError(at_line(line_), "text follows a quoted field",
                       "Put a comma or a line end after the quote");
    }
  }
  close();
  ++line_;
  return true;
}

bool CsvReader::next(std::vector<std::string>* fields) {
  do {
    if (!record(fields)) return false;
  } while (fields->size() == 1 && fields->front().empty());
  const size_t found = fields->size(), wanted = header_.size();
  while (fields->size() > wanted && fields->back().empty()) fields->pop_back();
  if (fields->size() == wanted) return true;
  throw InputError(at_line(first_line_),
                   std::to_string(found) + " fields instead of " + std::to_string(wanted) +
                       ", separated by " + separator_name(),
                   separator_ == ',' ? "Give every row as many fields as the header; put fields "
                                       "with commas in quotes, and write 1.5, not 1,5"
                                     : "Give every row as many fields as the header");
}

}  // namespace cusched
