// SPDX-License-Identifier: MIT
#include "agents/algorithm.h"

#include "cuda/error.h"

namespace cusched {

Recipe changed(const Recipe& base, const std::string& name, const std::string& help,
               const std::vector<std::pair<std::string, std::string>>& values) {
  Recipe out{name, help, base.values};
  out.values.insert(out.values.end(), values.begin(), values.end());
  return out;
}

std::unique_ptr<Algorithm> make_algorithm(const std::string& name) {
  std::string names;
  for (std::unique_ptr<Algorithm>& algorithm : all_algorithms()) {
    if (algorithm->name() == name) return std::move(algorithm);
    names += std::string(names.empty() ? "" : ", ") + algorithm->name();
  }
  throw InputError("--algo", "there is no algorithm '" + name + "'", "Use one of: " + names);
}

}  // namespace cusched
