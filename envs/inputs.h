// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

namespace cusched {

// A thing that a training's state is built on: a setting, or what was read from a file. What a
// checkpoint and a policy say they were trained with, part by part.
struct InputPart {
  std::string name;       // "trace", "nodes", "--load"
  std::string text;       // a setting's value, or how much there is: "5,000 jobs"
  std::string hash = {};  // of the contents, 16 hexadecimal digits; "": the text says all
  std::string from = {};  // where it was read, e.g. "jobs.csv"; not compared: a file may move

  bool is_setting() const { return name.starts_with("--"); }
  bool same(const InputPart& other) const { return text == other.text && hash == other.hash; }
};

// The part that says which environment it is, and of which version.
inline constexpr char kEnvironment[] = "environment";
// The part that says how a lane's state lies in memory; the last one.
inline constexpr char kStateLayout[] = "layout of the state";

// The part of that name, null where there is none.
const InputPart* find_part(const std::vector<InputPart>& parts, const std::string& name);

// How two parts of one name differ, in words: "the trace jobs.csv has 4,000 jobs, the checkpoint
// was trained on 5,000 jobs". `who` was trained on `before`, e.g. "the checkpoint".
std::string input_difference(const InputPart& before, const InputPart& now, const std::string& who);

// All that differs, one clause each; empty where nothing does.
std::vector<std::string> input_differences(const std::vector<InputPart>& before,
                                           const std::vector<InputPart>& now,
                                           const std::string& who);

// Hash of a sequence of numbers (FNV-1a over their bytes, 64 bits): the same contents give the same
// hash on every machine, and lengths count.
class ContentHash {
 public:
  template <class T>
  ContentHash& add(const T& value) {
    if constexpr (std::is_same_v<T, std::string>) {
      add_size(value.size());
      add_bytes(value.data(), value.size());
    } else if constexpr (std::is_floating_point_v<T>) {
      add_bytes(&value, sizeof value);
    } else {
      static_assert(std::has_unique_object_representations_v<T>, "padding would be hashed");
      add_bytes(&value, sizeof value);
    }
    return *this;
  }
  template <class T>
  ContentHash& add(const std::vector<T>& values) {
    add_size(values.size());
    for (const T& value : values) add(value);
    return *this;
  }
  std::string text() const;  // 16 hexadecimal digits

 private:
  void add_size(uint64_t size) { add_bytes(&size, sizeof size); }
  void add_bytes(const void* bytes, size_t count);

  uint64_t hash_ = 0xcbf29ce484222325ull;
};

std::string grouped(int64_t number);  // "12,345"
// "5,000 jobs", "1 job".
std::string count_text(int64_t count, const std::string& noun);

}  // namespace cusched
