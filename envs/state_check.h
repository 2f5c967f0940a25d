// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace cusched {

// Collects the first thing that is wrong with a lane's state (Built::check).
class StateCheck {
 public:
  // The field holds a whole number from low to high. `index`: of an array's element.
  bool within(const char* field, int64_t value, int64_t low, int64_t high, int64_t index = -1) {
    if (value >= low && value <= high) return true;
    fail(field, index,
         std::to_string(value) + ", not " + std::to_string(low) + " to " + std::to_string(high));
    return false;
  }
  // The field is what the rest of the state says it is.
  bool equal(const char* field, int64_t value, int64_t expected, int64_t index = -1) {
    if (value == expected) return true;
    fail(field, index, std::to_string(value) + ", not " + std::to_string(expected));
    return false;
  }
  void fail(const char* field, int64_t index, const std::string& problem) {
    if (!problem_.empty()) return;
    problem_ = "field " + std::string(field) +
               (index >= 0 ? "[" + std::to_string(index) + "]" : "") + " is " + problem;
  }
  bool ok() const { return problem_.empty(); }
  const std::string& problem() const { return problem_; }

 private:
  std::string problem_;
};

}  // namespace cusched
