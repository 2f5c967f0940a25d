// SPDX-License-Identifier: MIT
#include "envs/importers/json_documents.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

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

// Bytes of a document, read one after the other; `seen` follows.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor(const char* at, const char** seen) : at_(at), seen_(seen) {}
  reference operator*() const { return *at_; }
  Cursor& operator++() {
    *seen_ = ++at_;
    return *this;
  }
  bool operator==(const Cursor& other) const { return at_ == other.at_; }
  bool operator!=(const Cursor& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** seen_;
};

// Refuses a key that an object has already: a library keeps the last one in silence.
class KeyChecker {
 public:
  KeyChecker(std::string_view text, const std::string& path) : text_(text), path_(path) {}

  void see(nlohmann::json::parse_event_t event, const nlohmann::json& parsed, const char* after) {
    using Event = nlohmann::json::parse_event_t;
    if (event == Event::object_start) objects_.emplace_back();
    if (event == Event::object_end) objects_.pop_back();
    if (event != Event::key) return;
    const auto byte = static_cast<size_t>(after - text_.data());  // of the quote that ends the key
    const auto& key = parsed.get_ref<const std::string&>();
    const auto [first, is_new] = objects_.back().emplace(key, byte);
    if (is_new) return;
    throw InputError(at_field(path_, line_of(byte), in_quotes(key)),
                     "is given twice in one object, first in line " +
                         std::to_string(line_of(first->second)) + " (bytes " +
                         std::to_string(first->second) + " and " + std::to_string(byte) + ")",
                     "Give the JSON as the tool wrote it; remove one of the two");
  }

 private:
  int64_t line_of(size_t byte) const { return 1 + lines_in(text_.substr(0, byte)); }

  std::string_view text_;
  const std::string& path_;
  std::vector<std::map<std::string, size_t>> objects_;  // keys of those that are open
};

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
      const char* seen = document.data();
      KeyChecker keys(all, path);
      const auto check = [&](int, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
        keys.see(event, parsed, seen);
        return true;
      };
      value = nlohmann::json::parse(Cursor(document.data(), &seen),
                                    Cursor(document.data() + document.size(), &seen), check);
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
