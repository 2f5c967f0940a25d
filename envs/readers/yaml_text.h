// SPDX-License-Identifier: MIT
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>

namespace cusched {

// The one reader of YAML: the only document of a text, as a tree; a null node where the text has
// comments only. Bytes that are not UTF-8 are left as they are: a path may hold them.
// Throws InputError with `where`:LINE for what is no YAML and for what a YAML library passes over
// in silence: a key given twice in one map, at any depth; a second document; control characters (a
// library may take one for the end of the text); tabs that indent; merge keys (<<), and aliases
// (*name) inside what they name. Also for an empty text, UTF-16, and more than 32 levels.
YAML::Node read_yaml_text(const std::string& text, const std::string& where);

}  // namespace cusched
