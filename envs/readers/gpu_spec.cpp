// SPDX-License-Identifier: MIT
#include "envs/readers/gpu_spec.h"

#include <algorithm>

#include "cuda/error.h"

namespace cusched {

std::vector<std::string> gpu_spec_names(const std::string& spec, const std::string& where) {
  std::vector<std::string> names;
  if (spec.find_first_not_of(' ') == std::string::npos) return names;
  for (size_t at = 0; at <= spec.size();) {
    const size_t end = std::min(spec.find('|', at), spec.size());
    const std::string part = spec.substr(at, end - at);
    const size_t first = part.find_first_not_of(' ');
    if (first == std::string::npos)
      throw InputError(where, "'" + spec + "' has an empty name of a GPU model",
                       "Write A100, or A100|H100 where one of them will do");
    names.push_back(part.substr(first, part.find_last_not_of(' ') + 1 - first));
    at = end + 1;
  }
  return names;
}

}  // namespace cusched
