// SPDX-License-Identifier: MIT
#include "cli/options.h"

#include <yaml-cpp/binary.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <optional>
#include <type_traits>

#include "cuda/error.h"
#include "cuda/utf8.h"
#include "envs/option_values.h"
#include "envs/readers/units.h"

namespace cusched {
namespace {

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};

std::string text_of(bool value) { return value ? "true" : "false"; }
std::string text_of(const std::string& value) { return value; }
std::string text_of(float value) { return number_text(value); }
std::string text_of(double value) { return number_text(value); }
template <class T>
std::string text_of(T value) {
  return std::to_string(value);
}

// Converts one word; `fail` takes what was expected.
template <class T, class Fail>
T convert(const std::string& word, bool is_seconds, const Fail& fail) {
  T value{};
  if constexpr (std::is_same_v<T, std::string>) {
    value = word;
  } else if constexpr (std::is_same_v<T, bool>) {
    if (const std::optional<bool> on = parse_switch(word)) return *on;
    fail("true or false");
  } else if constexpr (std::is_floating_point_v<T>) {
    double real = 0;
    if (is_seconds) {
      // Not 5M: five minutes are 5m.
      const std::optional<double> duration = parse_duration(word);
      const bool scaled = !word.empty() && std::isalpha(static_cast<unsigned char>(word.back()));
      if (!duration && (scaled || !parse_real(word, &real)))
        fail("a finite number of seconds, nor a duration such as 90s, 1h30m or 2-03:00:00");
      if (duration) real = *duration;
    } else if (!parse_real(word, &real)) {
      fail("a finite number");
    }
    value = static_cast<T>(real);
    if (!std::isfinite(value)) fail("a number that fits in single precision");
  } else {
    if (!parse_whole(word, &value)) {
      fail("a whole number between " + std::to_string(std::numeric_limits<T>::min()) + " and " +
           std::to_string(std::numeric_limits<T>::max()));
    }
  }
  return value;
}

// Text that YAML reads back as the same string without quotes.
bool is_plain_yaml(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "-") return false;
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '.' || c == '/' || c == '-' || c == '+' || c == '@';
  };
  return std::all_of(text.begin(), text.end(), plain) && text[0] != '-' && text[0] != '@';
}

// A path may be any bytes: where they are no UTF-8 they stand as YAML's binary, since no escape of
// a quoted text is a byte.
std::string yaml_word(const std::string& text, bool is_text) {
  if (!is_text || is_plain_yaml(text)) return text;
  if (!is_utf8(text)) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    return "!!binary \"" + YAML::EncodeBase64(bytes, text.size()) + '"';
  }
  std::string quoted = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned>(static_cast<unsigned char>(c));
    char escape[8];
    if (code < 0x20 || code == 0x7F) {
      std::snprintf(escape, sizeof escape, "\\x%02x", code);
      quoted += escape;
      continue;
    }
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace

Option::Option(std::string name, OptionTarget target, std::string help)
    : name_(std::move(name)), help_(std::move(help)), target_(target) {
  default_ = join_words(words(), ",");
}

Option& Option::unit(const std::string& text) {
  unit_ = text;
  return *this;
}
Option& Option::min(double value) {
  min_ = value;
  return *this;
}
Option& Option::max(double value) {
  max_ = value;
  return *this;
}
Option& Option::choices(std::vector<std::string> words) {
  choices_ = std::move(words);
  return *this;
}
Option& Option::suggests(std::vector<std::string> words) {
  suggestions_ = std::move(words);
  return *this;
}
Option& Option::type(const std::string& word) {
  type_ = word;
  return *this;
}
Option& Option::group(const std::string& heading) {
  group_ = heading;
  return *this;
}
Option& Option::unsaved() {
  saved_ = false;
  return *this;
}
Option& Option::positional() {
  positional_ = true;
  return *this;
}

Option& Option::implicit(const std::string& word) {
  implicit_ = word;
  return *this;
}

Option& Option::joined() {
  joined_ = true;
  return *this;
}
Option& Option::output() {
  output_ = true;
  return *this;
}
Option& Option::input() {
  input_ = true;
  return *this;
}
Option& Option::in_units() {
  in_units_ = true;
  return *this;
}
Option& Option::optional() {
  optional_ = true;
  return *this;
}

bool Option::is_list() const {
  return std::visit(
      [](auto* target) { return IsVector<std::remove_pointer_t<decltype(target)>>::value; },
      target_);
}

bool is_changed(const Option& option) {
  return option.was_set() && join_words(option.words(), ",") != option.default_text();
}

bool Option::is_text() const {
  return std::holds_alternative<std::string*>(target_) ||
         std::holds_alternative<std::vector<std::string>*>(target_);
}

std::string Option::type_text() const {
  const char* const list = takes_list() ? ",..." : "";
  if (!choices_.empty()) return "{" + join_words(choices_, "|") + "}" + list;
  if (!type_.empty()) return type_ + list;
  if (input_ || output_) return std::string("FILE") + list;
  const bool is_time = unit_ == "s";
  return std::visit(
      [&](auto* target) -> std::string {
        using T = std::remove_pointer_t<decltype(target)>;
        if constexpr (std::is_same_v<T, bool>) return "BOOL";
        if constexpr (std::is_same_v<T, std::string> ||
                      std::is_same_v<T, std::vector<std::string>>) {
          return std::string("TEXT") + list;
        }
        if (is_time) return std::string("TIME") + list;
        if constexpr (std::is_floating_point_v<T> || std::is_same_v<T, std::vector<double>> ||
                      std::is_same_v<T, std::vector<float>>) {
          return std::string("REAL") + list;
        }
        return std::string("INT") + list;
      },
      target_);
}

void Option::set(const std::vector<std::string>& given, const std::string& where) const {
  const std::vector<std::string> words =
      joined_ ? std::vector<std::string>{join_words(given, ",")} : given;
  const auto one = [&](auto* value, const std::string& word) {
    using T = std::remove_pointer_t<decltype(value)>;
    const auto fail = [&](const std::string& expected) {
      throw InputError(where, "'" + word + "' is not " + expected,
                       default_.empty() ? "" : "The default is " + default_);
    };
    *value = convert<T>(word, unit_ == "s", fail);
    if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
      const std::string in_unit = unit_.empty() ? "" : " " + unit_;
      const double number = static_cast<double>(*value);
      if (number < min_) fail("allowed: the least is " + number_text(min_) + in_unit);
      if (number > max_) fail("allowed: the most is " + number_text(max_) + in_unit);
    }
    if constexpr (std::is_same_v<T, std::string>) {
      if (in_units_) *value = in_plain_units(name_, word);
      if (!choices_.empty() && std::find(choices_.begin(), choices_.end(), word) == choices_.end())
        fail("one of " + join_words(choices_, ", "));
    }
  };
  std::visit(
      [&](auto* target) {
        using T = std::remove_pointer_t<decltype(target)>;
        if constexpr (IsVector<T>::value) {
          T list;
          for (const std::string& word : words) {
            typename T::value_type value{};
            one(&value, word);
            list.push_back(std::move(value));
          }
          *target = std::move(list);
        } else {
          if (words.size() != 1) {
            throw InputError(where, "takes one value, not " + std::to_string(words.size()),
                             "Only options marked ',...' in --help take lists");
          }
          T value{};
          one(&value, words[0]);
          *target = std::move(value);
        }
      },
      target_);
  was_set_ = true;
}

void Option::prefer(const std::vector<std::string>& words, const std::string& where) const {
  const bool before = was_set_;
  set(words, where);
  was_set_ = before;
  show(join_words(this->words(), ","), where);
}

std::vector<std::string> Option::words() const {
  return std::visit(
      [](auto* target) {
        using T = std::remove_pointer_t<decltype(target)>;
        std::vector<std::string> words;
        if constexpr (IsVector<T>::value) {
          for (const auto& value : *target) words.push_back(text_of(value));
        } else {
          words.push_back(text_of(*target));
        }
        return words;
      },
      target_);
}

void Option::show(const std::string& value, const std::string& by) const {
  shown_ = value;
  shown_by_ = by;
}

void refuse_empty(const Setting& setting) {
  const Option& option = *setting.option;
  const auto& words = setting.words;
  const bool has_empty = std::find(words.begin(), words.end(), "") != words.end();
  if (!has_empty && !(words.empty() && !option.is_list())) return;
  const std::string value = option.is_input() || option.is_output() ? "file" : "value";
  if (words.size() > 1)
    throw InputError(setting.where, "has an empty entry: " + join_words(words, ","),
                     "Give a " + value + " between two commas");
  throw InputError(setting.where, "is empty", "Give a " + value + ", or leave it out");
}

Option& OptionTable::add(const std::string& name, OptionTarget target, const std::string& help) {
  CUSCHED_CHECK(find(name) == nullptr, "option --" + name + " is declared twice");
  options_.emplace_back(name, target, help).group(group_);
  return options_.back();
}

const Option* OptionTable::find(const std::string& name) const {
  std::string wanted = name;
  std::replace(wanted.begin(), wanted.end(), '_', '-');
  for (const Option& option : options_)
    if (option.name() == wanted) return &option;
  return nullptr;
}

const Option& OptionTable::get(const std::string& name, const std::string& where) const {
  if (const Option* option = find(name)) return *option;
  std::vector<std::string> names;
  for (const Option& option : options_) names.push_back(option.name());
  const std::string closest = closest_word(name, names);
  throw InputError(where, "there is no option '" + name + "'",
                   closest.empty() ? "--help lists them" : "Did you mean '" + closest + "'?");
}

std::string OptionTable::to_yaml() const {
  std::string text, group;
  for (const Option& option : options_) {
    if (!option.is_saved()) continue;
    if (option.group_text() != group) {
      group = option.group_text();
      text += (text.empty() ? "# " : "\n# ") + group + "\n";
    }
    const bool comment = option.is_optional() && !option.was_set();
    const bool is_shown = comment && !option.shown_by().empty();
    std::vector<std::string> words =
        !is_shown ? option.words()
                  : (option.is_list() ? split_list(option.shown())
                                      : std::vector<std::string>{option.shown()});
    for (std::string& word : words) word = yaml_word(word, option.is_text());
    const std::string value = option.is_list() ? "[" + join_words(words, ", ") + "]" : words[0];
    text += (comment ? "# " : "") + option.name() + ": " + value + "  # " + option.help();
    text += option.unit_text().empty() ? "" : " [" + option.unit_text() + "]";
    text += (is_shown ? " (" + option.shown_by() + ")" : "") + "\n";
  }
  return text;
}

}  // namespace cusched
