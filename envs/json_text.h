// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace cusched {

// The one writer of JSON: `indent` blanks a level, or one line without. Bytes that are not UTF-8
// (of a path, a tenant, a name in a file) become U+FFFD: no name is worth a training.
std::string json_text(const nlohmann::json& value, int indent = -1);
std::string json_text(const nlohmann::ordered_json& value, int indent = -1);

}  // namespace cusched
