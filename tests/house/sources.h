// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace cusched {

// body(path, text) for every C++ and CUDA file of the repository; `path` is relative to its root,
// e.g. "envs/admission.h". Returns how many there are.
template <class Body>
int for_each_source(const Body& body) {
  const std::filesystem::path root = CUSCHED_SOURCE_DIR;
  int files = 0;
  for (const char* layer :
       {"cuda", "envs", "agents", "export", "controller", "cli", "bench", "tests"}) {
    if (!std::filesystem::exists(root / layer)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / layer)) {
      const std::string suffix = entry.path().extension();
      if (suffix != ".h" && suffix != ".cpp" && suffix != ".cu" && suffix != ".cuh") continue;
      ++files;
      std::ifstream stream(entry.path());
      body(std::filesystem::relative(entry.path(), root).string(),
           std::string(std::istreambuf_iterator<char>(stream), {}));
    }
  }
  return files;
}

}  // namespace cusched
