// SPDX-License-Identifier: MIT
#include "cli/early_words.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "cli/command.h"

namespace cusched {

std::string yaml_word(const std::string& text, const std::string& key) {
  std::istringstream lines(text);
  std::string word;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(key + ":", 0) != 0) continue;
    word = line.substr(key.size() + 1);
    word = word.substr(0, word.find('#'));
    const auto is_dressing = [](char c) { return c == ' ' || c == '"' || c == '\'' || c == '\r'; };
    while (!word.empty() && is_dressing(word.back())) word.pop_back();
    while (!word.empty() && is_dressing(word.front())) word.erase(0, 1);
  }
  return word;
}

std::string early_word(const std::vector<std::string>& words, const std::string& name) {
  const std::string flag = raw_flag(words, name, "");
  if (!flag.empty()) return flag;
  std::string config = raw_flag(words, "config", "");
  if (config.empty() && std::find(words.begin(), words.end(), "--resume") != words.end())
    config = raw_flag(words, "out", kDefaultOut) + "/config.yaml";
  std::ifstream file(config);
  std::ostringstream text;
  text << file.rdbuf();
  return yaml_word(text.str(), name);
}

}  // namespace cusched
