// SPDX-License-Identifier: MIT
#include "envs/option_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace cusched {

OptionValues::OptionValues(const std::vector<EnvOption>& options) {
  for (const EnvOption& option : options) values_[option.name] = {option.default_value, "", false};
}

void OptionValues::set(const EnvValue& value, bool by_user) {
  const auto found = values_.find(value.name);
  if (found == values_.end())
    throw InputError(value.where, "there is no setting \"" + value.name + "\"",
                     "`cusched envs NAME` lists the settings");
  found->second = {value.value, value.where, by_user};
}

const OptionValues::Value& OptionValues::at(const std::string& name) const {
  const auto found = values_.find(name);
  CUSCHED_CHECK(found != values_.end(), "an environment reads a setting it does not list: " + name);
  return found->second;
}

std::string OptionValues::where(const std::string& name) const {
  const Value& value = at(name);
  return value.where.empty() ? name : value.where;
}

InputError OptionValues::error(const std::string& name, const std::string& problem,
                               const std::string& suggestion) const {
  return InputError(where(name), problem, suggestion);
}

std::vector<InputPart> OptionValues::inputs(const std::vector<std::string>& but) const {
  std::vector<InputPart> parts;
  for (const auto& [name, value] : values_)
    if (std::find(but.begin(), but.end(), name) == but.end())
      parts.push_back({"--" + name, value.value});
  return parts;
}

int OptionValues::word(const std::string& name, const std::vector<std::string>& words) const {
  std::string known;
  for (size_t i = 0; i < words.size(); ++i) {
    if (text(name) == words[i]) return static_cast<int>(i);
    known += (i == 0 ? "" : ", ") + words[i];
  }
  throw error(name, name + " cannot be \"" + text(name) + "\"", "Choose one of: " + known);
}

bool OptionValues::boolean(const std::string& name) const {
  const std::string& value = text(name);
  if (value == "true" || value == "yes" || value == "on" || value == "1") return true;
  if (value == "false" || value == "no" || value == "off" || value == "0") return false;
  throw error(name, name + " cannot be \"" + value + "\"", "Write true or false");
}

std::vector<std::string> OptionValues::list(const std::string& name) const {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text(name) + ",") {
    if (c == ',') {
      if (!word.empty()) words.push_back(word);
      word.clear();
    } else if (c != ' ') {
      word += c;
    }
  }
  return words;
}

int64_t OptionValues::parse_integer(const std::string& name, const std::string& value, int64_t low,
                                    int64_t high) const {
  int64_t number = 0;
  const char* const end = value.data() + value.size();
  const auto [stop, status] = std::from_chars(value.data(), end, number);
  if (status != std::errc{} || stop != end)
    throw error(name, name + " cannot be \"" + value + "\"", "Write a whole number");
  if (number < low || number > high)
    throw error(name, name + " is " + value,
                "Give a number from " + std::to_string(low) + " to " + std::to_string(high));
  return number;
}

int64_t OptionValues::integer(const std::string& name, int64_t low, int64_t high) const {
  return parse_integer(name, text(name), low, high);
}

int64_t OptionValues::integer_or(const std::string& name, const std::string& word, int64_t value,
                                 int64_t low, int64_t high) const {
  return text(name) == word ? value : integer(name, low, high);
}

std::string OptionValues::of_member(const std::string& name, int member, int members) const {
  const std::vector<std::string> words = list(name);
  if (words.size() == 1) return words[0];
  if (words.size() != static_cast<size_t>(members))
    throw error(name, name + " has " + std::to_string(words.size()) + " values",
                "Give one, or one for each of the " + std::to_string(members) + " members");
  return words[member];
}

int64_t OptionValues::integer(const std::string& name, int member, int members, int64_t low,
                              int64_t high) const {
  return parse_integer(name, of_member(name, member, members), low, high);
}

double OptionValues::number(const std::string& name, int member, int members, double low,
                            double high) const {
  const std::string value = of_member(name, member, members);
  char* end = nullptr;
  const double number = std::strtod(value.c_str(), &end);
  if (end == value.c_str() || *end != '\0' || !std::isfinite(number))
    throw error(name, name + " cannot be \"" + value + "\"", "Write a finite number");
  if (number < low || number > high)
    throw error(name, name + " is " + value,
                "Give a number from " + std::to_string(low) + " to " + std::to_string(high));
  return number;
}

}  // namespace cusched
