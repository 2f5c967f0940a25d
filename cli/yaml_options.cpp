// SPDX-License-Identifier: MIT
#include <yaml-cpp/yaml.h>

#include <fstream>
#include <set>
#include <sstream>

#include "cli/options.h"
#include "cuda/error.h"

namespace cusched {
namespace {

std::string at_line(const std::string& path, const YAML::Mark& mark) {
  return mark.is_null() ? path : path + ":" + std::to_string(mark.line + 1);
}

Setting read_entry(const OptionTable& table, const std::string& path, const YAML::Node& key,
                   const YAML::Node& value) {
  const std::string line = at_line(path, key.Mark());
  if (!key.IsScalar()) throw InputError(line, "a key is not a word", "Write NAME: VALUE");
  Setting setting;
  setting.where = line + ", field '" + key.Scalar() + "'";
  setting.option = &table.get(key.Scalar(), line);
  if (value.IsScalar()) {
    // One word for a list option means a list of one; commas work as on the command line.
    setting.words = setting.option->is_list() ? split_list(value.Scalar())
                                              : std::vector<std::string>{value.Scalar()};
    return setting;
  }
  if (!value.IsSequence()) {
    throw InputError(setting.where, value.IsNull() ? "has no value" : "is a map",
                     "Give a value, or a list [a, b] where --help shows ',...'");
  }
  for (const YAML::Node& entry : value) {
    if (!entry.IsScalar())
      throw InputError(setting.where, "holds an entry that is not a plain value", "Write [a, b]");
    setting.words.push_back(entry.Scalar());
  }
  return setting;
}

}  // namespace

std::vector<Setting> parse_yaml(const OptionTable& table, const std::string& text,
                                const std::string& path, bool skip_unknown) {
  YAML::Node root;
  try {
    root = YAML::Load(text);
  } catch (const YAML::Exception& error) {
    throw InputError(at_line(path, error.mark), "is not YAML: " + error.msg,
                     "Compare with what --print-config writes");
  }
  if (root.IsNull()) return {};
  if (!root.IsMap()) {
    throw InputError(at_line(path, root.Mark()), "the file is not a map of options",
                     "Write NAME: VALUE, one a line; --print-config shows an example");
  }
  std::vector<Setting> settings;
  std::set<const Option*> seen;
  for (const auto& entry : root) {
    if (skip_unknown && entry.first.IsScalar() && table.find(entry.first.Scalar()) == nullptr)
      continue;
    settings.push_back(read_entry(table, path, entry.first, entry.second));
    if (!seen.insert(settings.back().option).second)
      throw InputError(settings.back().where, "is given twice", "Remove one of them");
  }
  return settings;
}

std::vector<Setting> read_yaml(const OptionTable& table, const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf()))
    throw InputError(path, "cannot be read, or is empty", "Check the path given with --config");
  return parse_yaml(table, text.str(), path);
}

}  // namespace cusched
