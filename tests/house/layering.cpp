// SPDX-License-Identifier: MIT
#include "tests/house/layering.h"

#include <algorithm>
#include <filesystem>
#include <regex>
#include <sstream>

namespace cusched {
namespace {

// An include may only go up this list. bench/ stands before cli/, whose `bench` command calls it.
const std::vector<std::string> kLayers = {"cuda",       "envs",  "agents", "export",
                                          "controller", "bench", "cli",    "tests"};

int layer_of(const std::string& path) {
  const auto found = std::find(kLayers.begin(), kLayers.end(), path.substr(0, path.find('/')));
  return found == kLayers.end() ? -1 : static_cast<int>(found - kLayers.begin());
}

bool starts_with_any(const std::string& text, const std::vector<std::string>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const std::string& p) { return text.rfind(p, 0) == 0; });
}

std::string include_problem(const std::string& path, const std::string& included, bool quoted) {
  const std::string suffix = std::filesystem::path(path).extension();
  const int layer = layer_of(path);
  const bool product = layer >= 0 && kLayers[layer] != "tests" && kLayers[layer] != "bench";
  if (starts_with_any(included, {"torch/", "ATen/", "c10/", "caffe2/"})) {
    if (suffix != ".cpp") return "a torch header in a " + suffix + " file (only .cpp may have one)";
    if (product && starts_with_any(path, {"cuda/", "envs/", "cli/"}))
      return "a torch header in a layer that does not know torch";
  }
  if (starts_with_any(included, {"cub/", "thrust/", "cuda/std/"}) && !quoted &&
      !starts_with_any(path, {"cuda/segment_sums"}))
    return "a CCCL header outside cuda/segment_sums* (each costs 6 to 15 seconds)";
  if (starts_with_any(included, {"nvtx3/"}) && path != "cuda/nvtx.cpp")
    return "an NVTX header outside cuda/nvtx.cpp";
  if (!quoted) return "";
  if (included.find("..") != std::string::npos) return "a relative path; include from the root";
  const int target = layer_of(included);
  if (target < 0) {
    return included.find('/') == std::string::npos && included != "build_info.h"
               ? "not a path from the repository's root"
               : "";
  }
  if (layer >= 0 && target > layer)
    return kLayers[layer] + "/ may not include " + kLayers[target] + "/";
  return "";
}

}  // namespace

std::vector<std::string> layering_violations(const std::string& path, const std::string& text) {
  static const std::regex kInclude(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
  const std::string suffix = std::filesystem::path(path).extension();
  std::vector<std::string> violations;
  std::istringstream lines(text);
  std::string line;
  bool once = false;
  for (int number = 1; std::getline(lines, line); ++number) {
    const auto report = [&](const std::string& reason) {
      violations.push_back(path + ":" + std::to_string(number) + ": " + reason);
    };
    if (number == 1 && line != "// SPDX-License-Identifier: MIT")
      report("the first line is not the SPDX line");
    once = once || line == "#pragma once";
    std::smatch match;
    if (!std::regex_search(line, match, kInclude)) continue;
    const std::string problem = include_problem(path, match[2], match[1] == "\"");
    if (!problem.empty()) report("includes " + match[2].str() + ": " + problem);
  }
  if ((suffix == ".h" || suffix == ".cuh") && !once)
    violations.push_back(path + ":1: a header without #pragma once");
  return violations;
}

}  // namespace cusched
