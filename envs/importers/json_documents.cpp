// SPDX-License-Identifier: MIT
#include "envs/importers/json_documents.h"

#include <algorithm>
#include <cmath>

#include "cuda/error.h"
#include "envs/importers/import_parts.h"
#include "envs/json_text.h"
#include "envs/readers/text_input.h"

namespace cusched {
namespace {

constexpr int kMaxDepth = 100;
constexpr size_t kMaxText = size_t{1} << 30;

int64_t lines_in(std::string_view text) { return std::count(text.begin(), text.end(), '\n'); }

// End of the object or array that begins at `at`, found by its brackets alone.
size_t document_end(std::string_view text, size_t at, const std::string& where) {
  int depth = 0;
  bool in_string = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') ++at;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxDepth)
        throw InputError(where, "the JSON that begins here is nested more than 100 deep",
                         "Give the JSON that the tool wrote");
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return at + 1;
    }
  }
  throw InputError(where, "the JSON that begins here does not end",
                   "The file is cut: write it again");
}

}  // namespace

void read_json_documents(const std::string& text, const std::string& path,
                         const std::function<void(nlohmann::json&&, int64_t line)>& take) {
  if (text.size() > kMaxText)
    throw InputError(path, "is larger than 1 GiB of JSON", "Write it in several files");
  const std::string_view all = text;
  size_t at = all.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0;
  int64_t line = 1;
  for (;;) {
    const size_t next = std::min(all.find_first_not_of(" \t\r\n", at), all.size());
    line += lines_in(all.substr(at, next - at));
    if (next == all.size()) return;
    const std::string where = path + ":" + std::to_string(line);
    if (all[next] != '{' && all[next] != '[') {
      const size_t end = all.find_first_of("\r\n", next);
      throw InputError(where,
                       "is not JSON: " + in_quotes(std::string(all.substr(next, end - next))),
                       "Give the output of `-o json`");
    }
    at = document_end(all, next, where);
    const std::string_view document = all.substr(next, at - next);
    nlohmann::json value;
    try {
      value = nlohmann::json::parse(document.begin(), document.end());
    } catch (const nlohmann::json::exception& error) {
      // "[json.exception...] parse error at line 1, column 2: syntax error ...": the line is ours.
      const auto* fault = dynamic_cast<const nlohmann::json::parse_error*>(&error);
      const size_t byte = fault != nullptr ? std::min(fault->byte, document.size()) : 0;
      const int64_t bad = line + lines_in(document.substr(0, byte == 0 ? 0 : byte - 1));
      std::string what = error.what();
      const size_t colon = what.find(": ");
      if (colon != std::string::npos) what = what.substr(colon + 2);
      throw InputError(path + ":" + std::to_string(bad), "is not JSON: " + what,
                       "Write the file again with the tool that made it");
    }
    take(std::move(value), line);
    line += lines_in(document);
  }
}

JsonView::JsonView(const nlohmann::json* value, std::string where)
    : value_(value != nullptr && value->is_null() ? nullptr : value), where_(std::move(where)) {}

void JsonView::fail(const std::string& expected) const {
  throw InputError(where_, std::string("is a JSON ") + value_->type_name() + ", not " + expected,
                   "Give the JSON as the tool wrote it");
}

JsonView JsonView::operator[](const std::string& key) const {
  const std::string field =
      where_ + (where_.find(", field ") == std::string::npos ? ", field " : ".") + key;
  if (value_ == nullptr) return {nullptr, field};
  if (!value_->is_object()) fail("an object");
  const auto found = value_->find(key);
  return {found == value_->end() ? nullptr : &*found, field};
}

std::vector<JsonView> JsonView::items() const {
  std::vector<JsonView> views;
  if (value_ == nullptr) return views;
  if (!value_->is_array()) fail("a list");
  for (size_t i = 0; i < value_->size(); ++i)
    views.emplace_back(&(*value_)[i], where_ + "[" + std::to_string(i) + "]");
  return views;
}

std::vector<std::string> JsonView::keys() const {
  std::vector<std::string> names;
  if (value_ == nullptr) return names;
  if (!value_->is_object()) fail("an object");
  for (auto at = value_->begin(); at != value_->end(); ++at) names.push_back(at.key());
  return names;
}

std::string JsonView::text() const {
  if (value_ == nullptr) return "";
  if (!value_->is_string()) fail("a text");
  return value_->get<std::string>();
}

int64_t JsonView::integer(int64_t low, int64_t high, int64_t missing) const {
  if (value_ == nullptr) return missing;
  if (!value_->is_number()) fail("a number");
  const double value = value_->get<double>();
  if (!(value >= static_cast<double>(low) && value <= static_cast<double>(high)) ||
      value != std::floor(value))
    throw InputError(
        where_, json_text(*value_) + " is out of range",
        "Give a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  return value_->is_number_float() ? static_cast<int64_t>(value) : value_->get<int64_t>();
}

int64_t JsonView::time() const {
  const std::string stamp = text();
  double seconds = 0;
  if (stamp.empty()) return -1;
  if (!parse_timestamp(stamp, &seconds))
    throw InputError(where_, in_quotes(stamp) + " is not a time",
                     "Write times as 2025-06-09T02:54:28Z");
  return static_cast<int64_t>(seconds);
}

}  // namespace cusched
