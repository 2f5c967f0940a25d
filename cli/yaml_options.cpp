// SPDX-License-Identifier: MIT
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "cli/older_policies.h"
#include "cli/options.h"
#include "cuda/error.h"
#include "envs/readers/yaml_text.h"

namespace cusched {
namespace {

std::string at_line(const std::string& path, const YAML::Mark& mark) {
  return mark.is_null() ? path : path + ":" + std::to_string(mark.line + 1);
}

// The text of a value, bytes that are written as YAML's binary included.
std::string text_of(const YAML::Node& value, const std::string& where) {
  const std::string& text = value.Scalar();
  if (value.Tag() != "tag:yaml.org,2002:binary") return text;
  const std::vector<unsigned char> bytes = YAML::DecodeBase64(text);
  if (bytes.empty() && !text.empty())
    throw InputError(where, "is no base64 behind !!binary", "Write it as a text");
  return std::string(bytes.begin(), bytes.end());
}

Setting read_entry(const OptionTable& table, const std::string& path, const YAML::Node& key,
                   const YAML::Node& value) {
  const std::string line = at_line(path, key.Mark());
  if (!key.IsScalar()) throw InputError(line, "a key is not a word", "Write NAME: VALUE");
  Setting setting;
  setting.where = line + ", field '" + key.Scalar() + "'";
  setting.option = &table.get(current_name(key.Scalar()), line);
  if (value.IsScalar()) {
    // One word for a list option means a list of one; commas work as on the command line.
    const std::string text = text_of(value, setting.where);
    setting.words = setting.option->is_list() && !text.empty() ? split_list(text)
                                                               : std::vector<std::string>{text};
    return setting;
  }
  if (!value.IsSequence()) {
    throw InputError(setting.where, value.IsNull() ? "has no value" : "is a map",
                     "Give a value, or a list [a, b] where --help shows ',...'");
  }
  for (const YAML::Node& entry : value) {
    if (!entry.IsScalar())
      throw InputError(setting.where, "holds an entry that is not a plain value", "Write [a, b]");
    setting.words.push_back(text_of(entry, setting.where));
  }
  return setting;
}

}  // namespace

std::vector<Setting> parse_yaml(const OptionTable& table, const std::string& text,
                                const std::string& path, bool skip_unknown) {
  const YAML::Node root = read_yaml_text(text, path);
  if (root.IsNull()) return {};
  if (!root.IsMap()) {
    throw InputError(at_line(path, root.Mark()), "the file is not a map of options",
                     "Write NAME: VALUE, one a line; --print-config shows an example");
  }
  std::vector<Setting> settings;
  std::set<const Option*> seen;
  for (const auto& entry : root) {
    if (skip_unknown && entry.first.IsScalar() &&
        table.find(current_name(entry.first.Scalar())) == nullptr)
      continue;
    settings.push_back(read_entry(table, path, entry.first, entry.second));
    if (!seen.insert(settings.back().option).second)
      throw InputError(settings.back().where, "is given twice", "Remove one of them");
  }
  return settings;
}

std::vector<Setting> read_yaml(const OptionTable& table, const std::string& path) {
  std::error_code ignored;
  std::ifstream file(path);
  std::ostringstream text;
  if (std::filesystem::is_directory(path, ignored) || !file)
    throw InputError(path, "cannot be read", "Check the path given with --config");
  if (file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
  return parse_yaml(table, text.str(), path);
}

}  // namespace cusched
