// SPDX-License-Identifier: MIT
#include "cli/globs.h"

#include <glob.h>

#include <algorithm>
#include <filesystem>

#include "cuda/error.h"

namespace cusched {
namespace {

bool is_pattern(const std::string& word) {
  std::error_code failed;
  return word.find_first_of("*?[") != std::string::npos && !std::filesystem::exists(word, failed);
}

std::vector<std::string> matches(const std::string& pattern) {
  glob_t found = {};
  std::vector<std::string> files;
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
    files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  return files;
}

}  // namespace

std::vector<std::string> expand_globs(const std::vector<std::string>& words,
                                      const std::string& where,
                                      std::vector<std::string>* repeated) {
  std::vector<std::string> files;
  std::vector<std::filesystem::path> seen;
  for (const std::string& word : words) {
    std::vector<std::string> named = {word};
    if (is_pattern(word)) {
      named = matches(word);
      if (named.empty())
        throw InputError(
            where, "no file matches '" + word + "'",
            "See what is there: ls " + std::filesystem::path(word).parent_path().string());
    }
    for (const std::string& file : named) {
      std::error_code failed;
      std::filesystem::path real = std::filesystem::weakly_canonical(file, failed);
      if (failed) real = file;
      if (std::find(seen.begin(), seen.end(), real) != seen.end()) {
        if (repeated != nullptr) repeated->push_back(file);
        continue;
      }
      seen.push_back(std::move(real));
      files.push_back(file);
    }
  }
  return files;
}

}  // namespace cusched
