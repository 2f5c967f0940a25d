// SPDX-License-Identifier: MIT
#include "cuda/error.h"

namespace cusched {

std::string error_message(const std::string& problem, const std::string& why,
                          const std::string& suggestion) {
  std::string text = problem;
  if (!why.empty()) text += " (" + why + ")";
  if (!suggestion.empty()) text += ". " + suggestion;
  return text;
}

InputError::InputError(const std::string& where, const std::string& problem,
                       const std::string& suggestion)
    : Error(where.empty() ? problem : where + ": " + problem, "", suggestion) {}

}  // namespace cusched
