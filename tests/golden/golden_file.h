// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

// Files of tests/golden: a heading in lines that begin with #, then what a test found once.
namespace cusched::golden {

inline std::filesystem::path path_of(const std::string& name) {
  return std::filesystem::path(CUSCHED_SOURCE_DIR) / "tests" / "golden" / (name + ".txt");
}

// Whether the user asks for new files.
inline bool regenerates() { return std::getenv("CUSCHED_REGENERATE_GOLDEN") != nullptr; }

// `command`: what writes the file anew, under build/, e.g. "test_envs --gtest_filter=Golden*".
inline void write(const std::string& name, const std::string& heading, const std::string& command,
                  const std::string& lines) {
  std::ofstream(path_of(name)) << "# " << heading << "\n# Regenerate with\n"
                               << "#   CUSCHED_REGENERATE_GOLDEN=1 build/release/" << command
                               << '\n'
                               << lines;
}

// The lines below the heading; "" where the file is missing.
inline std::string read(const std::string& name) {
  std::ifstream in(path_of(name));
  std::string lines;
  for (std::string line; std::getline(in, line);)
    if (!line.empty() && line[0] != '#') lines += line + "\n";
  return lines;
}

}  // namespace cusched::golden
