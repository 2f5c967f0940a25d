// SPDX-License-Identifier: MIT
#include "cli/early_words.h"

#include <fstream>
#include <sstream>

#include "cli/command.h"
#include "cuda/error.h"
#include "envs/option_values.h"
#include "envs/readers/yaml_text.h"

namespace cusched {

std::string yaml_word(const std::string& text, const std::string& key) {
  try {
    const YAML::Node root = read_yaml_text(text, "");
    if (!root.IsMap()) return "";
    const YAML::Node word = root[key];
    return word.IsDefined() && word.IsScalar() ? word.Scalar() : "";
  } catch (const InputError&) {
    return "";
  }
}

namespace {

// --NAME, --NAME=WORD or --NAME WORD, where WORD may say no.
bool is_switched_on(const std::vector<std::string>& words, const std::string& name) {
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] != "--" + name && words[i].rfind("--" + name + "=", 0) != 0) continue;
    const std::string value = words[i] != "--" + name ? words[i].substr(name.size() + 3)
                              : i + 1 < words.size()  ? words[i + 1]
                                                      : "";
    return parse_switch(value).value_or(true);
  }
  return false;
}

}  // namespace

std::string early_word(const std::vector<std::string>& words, const std::string& name) {
  const std::string flag = raw_flag(words, name, "");
  if (!flag.empty()) return flag;
  std::string config = raw_flag(words, "config", "");
  if (config.empty() && is_switched_on(words, "resume"))
    config = raw_flag(words, "out", kDefaultOut) + "/config.yaml";
  std::ifstream file(config);
  std::ostringstream text;
  text << file.rdbuf();
  return yaml_word(text.str(), name);
}

}  // namespace cusched
