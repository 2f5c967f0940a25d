// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <variant>
#include <vector>

namespace cusched {

// One number, word or switch of a configuration, told once: the command line makes an option of
// it, and a configuration that was filled by hand is checked against it.
struct ConfigField {
  std::string name;  // of the option: lower case with hyphens
  // A list has one value, or one per member.
  std::variant<bool*, int*, int64_t*, float*, std::string*, std::vector<float>*> target;
  std::string help;
  std::string unit = "";
  double min = -std::numeric_limits<double>::infinity();  // inclusive
  double max = std::numeric_limits<double>::infinity();   // inclusive
  std::vector<std::string> choices = {};                  // of a word
};

// Throws InputError naming the field ("ppo.learning_rate" with `prefix` "ppo.", else
// "--learning-rate") whose value is not finite, out of range or no choice, or whose list has
// neither one value nor `members`.
void check_fields(const std::vector<ConfigField>& fields, int members, const std::string& prefix);

// The value as JSON, e.g. 16384, [0.99] or "linear".
std::string field_json(const ConfigField& field);

}  // namespace cusched
