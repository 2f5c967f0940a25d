// SPDX-License-Identifier: MIT
#include "envs/readers/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "cuda/error.h"

namespace cusched {
namespace {

constexpr double kMaxDuration = 1125899906842624.0;  // 2^50 s

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_memory(QuantityUnit unit) {
  return unit == QuantityUnit::kMib || unit == QuantityUnit::kGib || unit == QuantityUnit::kBytes ||
         unit == QuantityUnit::kSlurmMib;
}

// Takes a decimal number from the front: digits, a point, an exponent. "2E" is 2 and a suffix.
std::string_view take_number(std::string_view* text) {
  size_t at = 0, digits = 0;
  const auto run = [&] {
    for (; at < text->size() && is_digit((*text)[at]); ++at) ++digits;
  };
  if (!text->empty() && text->front() == '+') text->remove_prefix(1);
  run();
  if (at < text->size() && (*text)[at] == '.') {
    ++at;
    run();
  }
  if (digits == 0) return {};
  if (at + 1 < text->size() && ((*text)[at] == 'e' || (*text)[at] == 'E')) {
    size_t exponent = at + 1;
    if ((*text)[exponent] == '+' || (*text)[exponent] == '-') ++exponent;
    if (exponent < text->size() && is_digit((*text)[exponent])) {
      at = exponent;
      run();
    }
  }
  const std::string_view number = text->substr(0, at);
  text->remove_prefix(at);
  return number;
}

// number x 10^ten x 2^two, rounded once: the power of ten joins the number's exponent, and powers
// of two are exact.
std::optional<double> scaled(std::string_view number, int ten, int two) {
  int exponent = 0;
  const size_t e = number.find_first_of("eE");
  if (e != std::string_view::npos) {
    std::string_view digits = number.substr(e + 1);
    if (digits.front() == '+') digits.remove_prefix(1);
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (read.ec != std::errc() || std::abs(exponent) > 400) return std::nullopt;
    number = number.substr(0, e);
  }
  const std::string whole = std::string(number) + "e" + std::to_string(exponent + ten);
  double value = 0;
  const auto read = std::from_chars(whole.data(), whole.data() + whole.size(), value);
  if (read.ec != std::errc() || read.ptr != whole.data() + whole.size()) return std::nullopt;
  value = std::ldexp(value, two);
  if (!(value < 9223372036854775808.0)) return std::nullopt;
  return value;
}

// A suffix in powers of ten and of two of a core, a byte, or one; false where it has none.
bool suffix_powers(std::string_view suffix, QuantityUnit unit, int* ten, int* two) {
  constexpr std::string_view kLetters = "kMGTPE";
  *ten = *two = 0;
  if (suffix == "m") {
    *ten = -3;
    return unit == QuantityUnit::kMilliCpu || unit == QuantityUnit::kCores;
  }
  const bool kilo = !suffix.empty() && suffix[0] == 'K';
  const size_t found = kilo ? 0 : suffix.empty() ? kLetters.npos : kLetters.find(suffix[0]);
  if (found == kLetters.npos) return false;
  const int power = static_cast<int>(found) + 1;
  if (suffix.size() == 1) {
    if (unit == QuantityUnit::kSlurmMib) {
      *two = 10 * power;
      return true;
    }
    *ten = 3 * power;
    return !kilo;
  }
  *two = 10 * power;
  return is_memory(unit) && suffix[0] != 'k' &&
         (suffix.substr(1) == "i" || suffix.substr(1) == "iB");
}

}  // namespace

std::optional<double> parse_quantity(std::string_view text, QuantityUnit unit) {
  const std::string_view number = take_number(&text);
  if (number.empty()) return std::nullopt;
  if (text.empty()) {
    switch (unit) {
      case QuantityUnit::kCores:
        return scaled(number, 3, 0);
      case QuantityUnit::kGib:
        return scaled(number, 0, 10);
      case QuantityUnit::kBytes:
        return scaled(number, 0, -20);
      default:
        return scaled(number, 0, 0);
    }
  }
  int ten = 0, two = 0;
  if (!suffix_powers(text, unit, &ten, &two)) return std::nullopt;
  if (is_memory(unit)) return scaled(number, ten, two - 20);
  return scaled(number, unit == QuantityUnit::kCount ? ten : ten + 3, two);
}

std::string quantity_advice(std::string_view text, QuantityUnit unit) {
  const char last = text.empty() ? ' ' : text.back();
  if (is_memory(unit)) {
    if (last == 'm')
      return "'m' is a thousandth, which memory has none of: write Mi for MiB or M for 10^6 bytes";
    if (last == 'B' || last == 'b' || last == 'g' || last == 'k' || last == 't')
      return "Write Ki, Mi, Gi for powers of 1024, or k, M, G for powers of 1000";
    const char* const bare = unit == QuantityUnit::kGib     ? "GiB"
                             : unit == QuantityUnit::kBytes ? "bytes"
                                                            : "MiB";
    return std::string("Write a number of ") + bare + ", or a quantity such as 64Gi or 512Mi";
  }
  if (unit == QuantityUnit::kCount) return "Write a number without a unit";
  return std::string("Write a number of ") +
         (unit == QuantityUnit::kCores ? "cores" : "milli-CPU") + ", or thousandths such as 500m";
}

double quantity_field(std::string_view text, QuantityUnit unit, double low, double high,
                      const std::string& where) {
  const std::optional<double> value = parse_quantity(text, unit);
  if (!value)
    throw InputError(where, "'" + std::string(text.substr(0, 40)) + "' is not a quantity",
                     quantity_advice(text, unit));
  if (*value >= low && *value <= high) return *value;
  char range[96];
  const char* const what = is_memory(unit)                ? " MiB"
                           : unit == QuantityUnit::kCount ? ""
                                                          : " milli-CPU";
  std::snprintf(range, sizeof range, "Use %.16g to %.16g%s", low, high, what);
  throw InputError(where, std::string(text.substr(0, 40)) + " is out of range", range);
}

namespace {

std::optional<double> in_range(double seconds) {
  if (!(seconds >= 0 && seconds <= kMaxDuration)) return std::nullopt;
  return seconds;
}

// "1h30m": each unit once, from large to small.
std::optional<double> united(std::string_view text) {
  struct Unit {
    std::string_view name;
    double seconds;
  };
  constexpr std::array<Unit, 6> kUnits = {
      {{"w", 604800}, {"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}, {"ms", 0.001}}};
  double sum = 0;
  for (size_t next = 0; !text.empty();) {
    const std::string_view number = take_number(&text);
    const std::optional<double> value = number.empty() ? std::nullopt : scaled(number, 0, 0);
    size_t letters = 0;
    while (letters < text.size() && text[letters] >= 'a' && text[letters] <= 'z') ++letters;
    while (next < kUnits.size() && kUnits[next].name != text.substr(0, letters)) ++next;
    if (!value || next == kUnits.size()) return std::nullopt;
    sum += *value * kUnits[next++].seconds;
    text.remove_prefix(letters);
  }
  return in_range(sum);
}

// "D-HH:MM:SS" and its short forms.
std::optional<double> clock(std::string_view text) {
  const size_t dash = text.find('-');
  const bool days = dash != std::string_view::npos;
  std::array<double, 4> parts = {};  // days, hours, minutes, seconds
  constexpr std::array<double, 4> kSeconds = {86400, 3600, 60, 1};
  const auto read = [&](std::string_view field, size_t part, bool first) {
    const char* const allowed = part == 3 ? "0123456789." : "0123456789";
    if (field.empty() || !is_digit(field.front())) return false;
    if (field.find_first_not_of(allowed) != field.npos) return false;
    const std::optional<double> value = scaled(field, 0, 0);
    if (!value) return false;
    parts[part] = *value;
    return first || *value < (part == 1 ? 24 : 60);
  };
  std::array<std::string_view, 3> fields;
  size_t count = 0;
  for (std::string_view rest = days ? text.substr(dash + 1) : text;;) {
    const size_t colon = rest.find(':');
    if (count == fields.size()) return std::nullopt;
    fields[count++] = rest.substr(0, colon);
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  if (days && !read(text.substr(0, dash), 0, true)) return std::nullopt;
  const size_t first = days ? 1 : 4 - count;
  for (size_t i = 0; i < count; ++i)
    if (!read(fields[i], first + i, i == 0 && !days)) return std::nullopt;
  double sum = 0;
  for (size_t i = 0; i < parts.size(); ++i) sum += parts[i] * kSeconds[i];
  return in_range(sum);
}

}  // namespace

std::optional<double> parse_duration(std::string_view text, double bare_s) {
  std::string_view rest = text;
  const std::string_view number = take_number(&rest);
  if (number.empty()) return std::nullopt;
  if (rest.empty()) {
    const std::optional<double> value = scaled(number, 0, 0);
    return value ? in_range(*value * bare_s) : std::nullopt;
  }
  if (rest.front() == ':' || rest.front() == '-') return clock(text);
  return united(text);
}

std::string duration_advice() {
  return "Write seconds, 90s, 1h30m, 2d, HH:MM:SS, MM:SS or D-HH:MM:SS";
}

double duration_field(std::string_view text, double bare_s, double low, double high,
                      const std::string& where) {
  const std::optional<double> value = parse_duration(text, bare_s);
  if (!value)
    throw InputError(where, "'" + std::string(text.substr(0, 40)) + "' is not a duration",
                     duration_advice());
  if (*value >= low && *value <= high) return *value;
  char range[80];
  std::snprintf(range, sizeof range, "Use %.16g to %.16g s", low, high);
  throw InputError(where, std::string(text.substr(0, 40)) + " is out of range", range);
}

}  // namespace cusched
