// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace cusched {

// What docs/ARCHITECTURE.md allows a file to include. `path` is relative to the repository, e.g.
// "envs/admission.h". Returns one line per violation: "path:line: reason".
std::vector<std::string> layering_violations(const std::string& path, const std::string& text);

}  // namespace cusched
