// SPDX-License-Identifier: MIT
#include "envs/importers/sacct_table.h"

#include <algorithm>

#include "cuda/error.h"
#include "envs/importers/import_parts.h"
#include "envs/readers/text_input.h"

namespace cusched {
namespace {

constexpr const char* kAdvice =
    "Write the file with sacct -P -a -o "
    "JobID,Submit,Start,End,ElapsedRaw,State,NNodes,AllocTRES,ReqMem,Timelimit,Account";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

}  // namespace

SacctTable::SacctTable(const TraceFile& file) : file_(file) {
  std::string_view line;
  do {
    if (!next_line(file_.text, &at_, &line))
      throw InputError(file_.path, "holds no line with anything in it", kAdvice);
    ++line_;
  } while (trim(line).empty());
  // Names have letters alone: what stands between the first two is the separator.
  const auto begin = std::find_if(line.begin(), line.end(), is_letter);
  const auto end = std::find_if_not(begin, line.end(), is_letter);
  const auto next = std::find_if(end, line.end(), is_letter);
  separator_ = std::string(end, next);
  const std::string found = "beginning " + in_quotes(std::string(line));
  if (separator_.empty())
    throw InputError(where(), "names fewer than two fields, " + found, kAdvice);
  if (trim(separator_).empty() && separator_ != "\t")
    throw InputError(where(), "is the table that sacct writes for people, " + found, kAdvice);
  for (const std::string_view name : split(line)) header_.emplace_back(trim(name));
  // Of -p: a separator at the end.
  ends_with_separator_ = header_.back().empty();
  if (ends_with_separator_) header_.pop_back();
  free_text_ = header_.size();
  int free_texts = 0;
  for (size_t i = 0; i < header_.size(); ++i) {
    const std::string name = lower(header_[i]);
    if (!column_.emplace(name, i).second)
      throw InputError(where(), "names the field " + in_quotes(header_[i]) + " twice", kAdvice);
    for (const char* free : {"jobname", "comment", "admincomment", "systemcomment", "submitline",
                             "workdir", "extra", "constraints", "container"}) {
      if (name != free) continue;
      free_text_ = i;
      ++free_texts;
    }
  }
  if (free_texts > 1) free_text_ = header_.size();  // nobody can tell which one it was
  if (!has({"jobid", "jobidraw"}))
    throw InputError(where(), "names no field JobID, " + found, kAdvice);
}

std::vector<std::string_view> SacctTable::split(std::string_view line) const {
  std::vector<std::string_view> fields;
  for (size_t at = 0;;) {
    const size_t end = line.find(separator_, at);
    fields.push_back(line.substr(at, end - at));
    if (end == std::string_view::npos) return fields;
    at = end + separator_.size();
  }
}

bool SacctTable::next() {
  std::string_view line;
  do {
    if (!next_line(file_.text, &at_, &line)) return false;
    ++line_;
  } while (trim(line).empty());
  row_ = split(line);
  const size_t expected = header_.size();
  if (ends_with_separator_ && row_.back().empty()) row_.pop_back();
  if (row_.size() > expected && free_text_ < expected) {
    const auto first = row_.begin() + static_cast<std::ptrdiff_t>(free_text_);
    row_.erase(first + 1, first + 1 + static_cast<std::ptrdiff_t>(row_.size() - expected));
  }
  whole_ = row_.size() == expected;
  return true;
}

bool SacctTable::has(std::initializer_list<const char*> names) const {
  return std::any_of(names.begin(), names.end(),
                     [&](const char* name) { return column_.count(name) > 0; });
}

std::string SacctTable::value(std::initializer_list<const char*> names, std::string* name) const {
  for (const char* candidate : names) {
    const auto found = column_.find(candidate);
    if (found == column_.end() || found->second >= row_.size()) continue;
    const std::string_view text = trim(row_[found->second]);
    const bool empty = text.empty() || text == "None" || text == "Unknown" || text == "N/A" ||
                       text == "(null)" || text == "INVALID";
    if (empty) continue;
    *name = header_[found->second];
    return std::string(text);
  }
  return "";
}

std::string SacctTable::value(std::initializer_list<const char*> names) const {
  std::string name;
  return value(names, &name);
}

std::string SacctTable::where() const { return file_.path + ":" + std::to_string(line_); }
std::string SacctTable::where(const std::string& field) const {
  return at_field(file_.path, line_, field);
}

}  // namespace cusched
