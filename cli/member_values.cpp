// SPDX-License-Identifier: MIT
#include "cli/member_values.h"

#include <algorithm>

#include "cli/words.h"

namespace cusched {

namespace {

bool is_per_member(const EnvOption& option) {
  return option.is_list && says_per_member(option.help);
}

}  // namespace

bool says_per_member(const std::string& help) {
  return help.find("per member") != std::string::npos;
}

std::vector<EnvValue> values_of_member(const EnvEntry& entry, std::vector<EnvValue> values,
                                       int member, int members) {
  for (EnvValue& value : values)
    for (const EnvOption& option : entry.options) {
      if (option.name != value.name || !is_per_member(option)) continue;
      const std::vector<std::string> words = split_list(value.value);
      if (words.size() == static_cast<size_t>(members))
        value.value = words[static_cast<size_t>(member)];
    }
  return values;
}

const EnvValue* find_difference(const EnvEntry& entry, const std::vector<EnvValue>& values,
                                int members) {
  for (const EnvOption& option : entry.options) {
    if (!is_per_member(option)) continue;
    const auto counts = std::find_if(values.rbegin(), values.rend(), [&](const EnvValue& value) {
      return value.name == option.name;
    });
    if (counts == values.rend()) continue;
    const std::vector<std::string> words = split_list(counts->value);
    if (words.size() == static_cast<size_t>(members) &&
        std::any_of(words.begin(), words.end(), [&](const auto& w) { return w != words[0]; }))
      return &*counts;
  }
  return nullptr;
}

}  // namespace cusched
