// SPDX-License-Identifier: MIT
#include "cli/older_policies.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "envs/registry.h"

namespace cusched {
namespace {

using nlohmann::literals::operator""_json_pointer;
using Flags = std::vector<std::pair<const char*, const char*>>;

// Defaults that a version was the last to have, and what its presets set of them.
struct OlderDefaults {
  const char* env;
  int version;
  const char* preset;  // "": of every preset, where none above says otherwise
  Flags flags;
};
const std::vector<OlderDefaults> kOlderDefaults = {
    {"admission",
     1,
     "short-waits",
     {{"slots", "32"}, {"features", "fits,pods,scales"}, {"idle", "false"}}},
    {"admission",
     1,
     "rlscheduler",
     {{"slots", "128"}, {"features", "fits,scales"}, {"length", "256"}, {"horizon-s", "0"}}},
    {"admission",
     1,
     "",
     {{"slots", "10"},
      {"features", "none"},
      {"idle", "true"},
      {"length", "0"},
      {"horizon-s", "86400"},
      {"part", "all"},
      {"warm-up", "none"}}},
    {"admission",
     2,
     "default",
     {{"features", "fits,pods,scales,ready,gpus,tenant,urgent,models"}, {"window", "head"}}},
};

constexpr std::pair<const char*, const char*> kFormerNames[] = {{"train-share", "split"}};

// The settings that the training's inputs name, with presets and defaults in them.
std::map<std::string, std::string> recorded(const nlohmann::json& schema) {
  std::map<std::string, std::string> settings;
  const auto inputs = schema.value("/training/inputs"_json_pointer, nlohmann::json());
  if (!inputs.is_array()) return settings;
  for (const auto& part : inputs) {
    if (!part.is_object()) continue;
    const auto name = part.find("name"), text = part.find("text");
    if (name == part.end() || text == part.end() || !name->is_string() || !text->is_string())
      continue;
    const auto flag = name->get<std::string>();
    if (flag.starts_with("--")) settings[flag.substr(2)] = text->get<std::string>();
  }
  return settings;
}

}  // namespace

std::string current_name(const std::string& option) {
  for (const auto& [former, current] : kFormerNames)
    if (option == former) return current;
  return option;
}

std::map<std::string, std::string> training_flags(const PolicySchema& schema) {
  const auto json = nlohmann::json::parse(schema.json, nullptr, false);
  const auto config = json.value("/training/config"_json_pointer, nlohmann::json());
  std::map<std::string, std::string> flags;
  if (!config.is_object()) return flags;
  for (const auto& [flag, value] : config.items())
    if (value.is_string()) flags[current_name(flag)] = value.get<std::string>();
  const std::string preset = flags.contains("preset") ? flags["preset"] : "default";
  const std::map<std::string, std::string> settings = recorded(json);
  for (const OlderDefaults& older : kOlderDefaults) {
    if (older.env != schema.environment || older.version < schema.environment_version) continue;
    if (*older.preset != '\0' && older.preset != preset) continue;
    for (const auto& [flag, value] : older.flags) {
      const auto told = settings.find(flag);
      flags.emplace(flag, told != settings.end() ? told->second : value);
    }
  }
  return flags;
}

}  // namespace cusched
