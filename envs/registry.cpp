// SPDX-License-Identifier: MIT
#include "envs/registry.h"

#include "cuda/error.h"

namespace cusched {

const EnvEntry& find_environment(std::string_view name) {
  std::string known;
  for (const EnvEntry* entry : all_environments()) {
    if (entry->name == name) return *entry;
    known += (known.empty() ? "" : ", ") + entry->name;
  }
  throw InputError("--env", "there is no environment \"" + std::string(name) + "\"",
                   "Choose one of: " + known);
}

}  // namespace cusched
