// SPDX-License-Identifier: MIT
#include "envs/option_values.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "envs/readers/text_input.h"
#include "envs/readers/units.h"

namespace cusched {

namespace {

enum class Unit : uint8_t { kNone, kSeconds, kHours, kMib };

// E.g. "0.05".
std::string plain(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

Unit unit_of(const std::string& name) {
  const auto ends = [&](const std::string& word) {
    if (name.size() <= word.size()) return false;
    const char before = name[name.size() - word.size() - 1];
    return name.ends_with(word) && (before == '-' || before == '_');
  };
  return ends("s")       ? Unit::kSeconds
         : ends("hours") ? Unit::kHours
         : ends("mib")   ? Unit::kMib
                         : Unit::kNone;
}

std::string plain_word(Unit unit, const std::string& word) {
  double number = 0;
  if (word.empty() || parse_number(word, &number)) return word;
  const std::optional<double> value =
      unit == Unit::kMib ? parse_quantity(word, QuantityUnit::kMib) : parse_duration(word);
  if (!value) return word;
  number = unit == Unit::kHours ? *value / 3600 : *value;
  char text[64];
  const bool whole = number == std::floor(number) && number < 1e15;
  const auto end = whole ? std::to_chars(text, text + sizeof text, static_cast<int64_t>(number))
                         : std::to_chars(text, text + sizeof text, number);
  return std::string(text, end.ptr);
}

// What to write for a number of the setting.
std::string advice(const std::string& name, const std::string& number) {
  switch (unit_of(name)) {
    case Unit::kSeconds:
      return number + " of seconds, or a duration such as 90s, 1h30m or 2-03:00:00";
    case Unit::kHours:
      return number + " of hours, or a duration such as 90s, 1h30m or 2-03:00:00";
    case Unit::kMib:
      return number + " of MiB, or a quantity such as 4Gi";
    case Unit::kNone:
      return number;
  }
  return number;
}

}  // namespace

std::optional<bool> parse_switch(const std::string& text) {
  std::string word = text;
  for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (word == "true" || word == "yes" || word == "on" || word == "1") return true;
  if (word == "false" || word == "no" || word == "off" || word == "0") return false;
  return std::nullopt;
}

std::string in_plain_units(const std::string& name, const std::string& text) {
  const Unit unit = unit_of(name);
  if (unit == Unit::kNone) return text;
  std::string plain;
  for (size_t at = 0; at <= text.size();) {
    const size_t comma = std::min(text.find(',', at), text.size());
    plain += (at > 0 ? "," : "") + plain_word(unit, text.substr(at, comma - at));
    at = comma + 1;
  }
  return plain;
}

OptionValues::OptionValues(const std::vector<EnvOption>& options) {
  for (const EnvOption& option : options) {
    const std::string& text = option.default_value;
    values_[option.name] = {text, "", false, false, text, text};
  }
}

void OptionValues::set(const EnvValue& value, bool by_user) {
  const auto found = values_.find(value.name);
  if (found == values_.end())
    throw InputError(value.where, "there is no setting \"" + value.name + "\"",
                     "`cusched envs NAME` lists the settings");
  Value& known = found->second;
  known.value = in_plain_units(value.name, value.value);
  known.where = value.where;
  known.by_user = by_user;
  known.trained = value.trained;
  if (!by_user) known.preset = known.value;
}

const std::string& OptionValues::usual(const std::string& name) const {
  const Value& value = at(name);
  return value.preset.empty() ? value.fallback : value.preset;
}

bool OptionValues::changed(const std::string& name) const {
  const Value& value = at(name);
  return value.by_user && value.value != value.fallback && value.value != value.preset;
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
  if (const std::optional<bool> on = parse_switch(text(name))) return *on;
  throw error(name, name + " cannot be \"" + text(name) + "\"", "Write true or false");
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
    throw error(name, name + " cannot be \"" + value + "\"", advice(name, "Write a whole number"));
  if (number < low || number > high)
    throw error(name, name + " is " + value,
                "Give a number from " + plain(low) + " to " + plain(high));
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
    throw error(name, name + " cannot be \"" + value + "\"", advice(name, "Write a finite number"));
  if (number < low || number > high)
    throw error(name, name + " is " + value,
                "Give a number from " + plain(low) + " to " + plain(high));
  return number;
}

}  // namespace cusched
