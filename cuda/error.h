// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string>

namespace cusched {

// Message grammar of every error: "PROBLEM (WHY IT IS A PROBLEM). SUGGESTION". The reason and the
// suggestion may be empty.
std::string error_message(const std::string& problem, const std::string& why,
                          const std::string& suggestion);

// A broken promise inside cusched or on the machine (allocation, CUDA call): exit code 1.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& problem, const std::string& why = "",
                 const std::string& suggestion = "")
      : std::runtime_error(error_message(problem, why, suggestion)) {}
};

// Bad input from the user (flag, YAML, trace, checkpoint, policy file): exit code 2. `where` names
// the file, line and field, e.g. "jobs.swf:17, field 4 (run time)".
class InputError : public Error {
 public:
  InputError(const std::string& where, const std::string& problem, const std::string& suggestion);
};

}  // namespace cusched

// Always-on check of a precondition or a promise, for host code.
#define CUSCHED_CHECK(condition, problem, ...)                        \
  do {                                                                \
    if (!(condition)) throw ::cusched::Error(problem, ##__VA_ARGS__); \
  } while (0)
