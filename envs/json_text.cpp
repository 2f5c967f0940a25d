// SPDX-License-Identifier: MIT
#include "envs/json_text.h"

#include <nlohmann/json.hpp>

namespace cusched {
namespace {

template <class Json>
std::string safe(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string json_text(const nlohmann::json& value, int indent) { return safe(value, indent); }
std::string json_text(const nlohmann::ordered_json& value, int indent) {
  return safe(value, indent);
}

}  // namespace cusched
