// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

// JSON from outside, read with messages that name the place. Internal to the importers.
namespace cusched {

// Calls `take` with every JSON object or array of a text that holds one or several of them, one
// after the other or one a line, and with the line it begins in. Throws InputError with file and
// line for text that is not JSON, is cut, is nested more than 100 deep or is over 1 GiB, and for a
// key that stands twice in one object, at any depth.
void read_json_documents(const std::string& text, const std::string& path,
                         const std::function<void(nlohmann::json&&, int64_t line)>& take);

// A value of a document, or none, and where it stands, e.g. "jobs.json, Job a/b, field spec". What
// is null counts as not there. Every access that finds another type throws InputError.
class JsonView {
 public:
  JsonView(const nlohmann::json* value, std::string where);

  explicit operator bool() const { return value_ != nullptr; }
  const std::string& where() const { return where_; }
  const nlohmann::json* raw() const { return value_; }

  JsonView operator[](const std::string& key) const;  // of an object
  std::vector<JsonView> items() const;                // of an array; empty where it is not there
  // Keys of an object, sorted; empty where it is not there.
  std::vector<std::string> keys() const;
  std::string text() const;  // "" where it is not there
  int64_t integer(int64_t low, int64_t high, int64_t missing) const;
  // Seconds since 1970 of a timestamp, cut to whole ones; -1 where it is not there or empty.
  int64_t time() const;

 private:
  [[noreturn]] void fail(const std::string& expected) const;

  const nlohmann::json* value_;
  std::string where_;
};

}  // namespace cusched
