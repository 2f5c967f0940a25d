// SPDX-License-Identifier: MIT
#include "envs/readers/text_input.h"

#include <zlib.h>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <memory>

#include "cuda/error.h"

namespace cusched {

std::string read_text(const std::string& path) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
  if (!file)
    throw InputError(path, "cannot be opened", "Check the path and the permissions of the file");
  std::string text;
  char buffer[1 << 16];
  for (;;) {
    const int got = gzread(file.get(), buffer, sizeof buffer);
    if (got < 0)
      throw InputError(path, "cannot be read to its end", "Check that it is a whole file");
    if (got == 0) break;
    text.append(buffer, static_cast<size_t>(got));
    if (text.size() > (size_t{1} << 33))
      throw InputError(path, "is larger than 8 GiB", "Cut the trace to the jobs you need");
  }
  return text;
}

bool next_line(std::string_view text, size_t* at, std::string_view* line) {
  if (*at >= text.size()) return false;
  const size_t end = text.find('\n', *at);
  const size_t stop = end == std::string_view::npos ? text.size() : end;
  *line = text.substr(*at, stop - *at);
  if (!line->empty() && line->back() == '\r') line->remove_suffix(1);
  *at = stop + 1;
  return true;
}

bool parse_number(std::string_view field, double* value) {
  if (!field.empty() && field.front() == '+') field.remove_prefix(1);
  const char* end = field.data() + field.size();
  const std::from_chars_result result = std::from_chars(field.data(), end, *value);
  return result.ec == std::errc() && result.ptr == end && std::isfinite(*value);
}

std::string at_field(const std::string& where, int64_t line, const std::string& field) {
  return where + ":" + std::to_string(line) + ", field " + field;
}

double number_field(std::string_view field, double low, double high, const std::string& where) {
  double value = 0;
  if (!parse_number(field, &value))
    throw InputError(where, "'" + std::string(field.substr(0, 40)) + "' is not a number",
                     "Write a plain decimal number");
  if (!(value >= low && value <= high)) {
    char range[80];
    std::snprintf(range, sizeof range, "Use a number from %.16g to %.16g", low, high);
    throw InputError(where, std::string(field.substr(0, 40)) + " is out of range", range);
  }
  return value;
}

namespace {

// Exactly `digits` digits from *at on, as a number; -1 where there are others.
int take_digits(std::string_view text, size_t* at, int digits) {
  int value = 0;
  for (int i = 0; i < digits; ++i, ++*at) {
    if (*at >= text.size() || text[*at] < '0' || text[*at] > '9') return -1;
    value = value * 10 + (text[*at] - '0');
  }
  return value;
}

bool take_char(std::string_view text, size_t* at, char c) {
  if (*at >= text.size() || text[*at] != c) return false;
  ++*at;
  return true;
}

// Days from 1970-01-01 to a date of the Gregorian calendar: years are counted from March, so that
// the leap day comes last.
int64_t days_since_epoch(int64_t year, int month, int day) {
  if (month <= 2) --year;
  const int64_t months = (month + 9) % 12;  // since March
  const int64_t before = 365 * year + year / 4 - year / 100 + year / 400;
  return before + (153 * months + 2) / 5 + (day - 1) - 719468;
}

}  // namespace

bool parse_timestamp(std::string_view field, double* seconds) {
  size_t at = 0;
  const int year = take_digits(field, &at, 4);
  if (year < 1970 || !take_char(field, &at, '-')) return false;
  const int month = take_digits(field, &at, 2);
  if (month < 1 || month > 12 || !take_char(field, &at, '-')) return false;
  const int day = take_digits(field, &at, 2);
  if (day < 1 || day > 31) return false;
  if (!take_char(field, &at, 'T') && !take_char(field, &at, ' ')) return false;
  const int hour = take_digits(field, &at, 2);
  if (hour < 0 || hour > 23 || !take_char(field, &at, ':')) return false;
  const int minute = take_digits(field, &at, 2);
  if (minute < 0 || minute > 59 || !take_char(field, &at, ':')) return false;
  const int second = take_digits(field, &at, 2);
  if (second < 0 || second > 60) return false;
  double fraction = 0;
  if (take_char(field, &at, '.')) {
    double unit = 0.1;
    const size_t first = at;
    for (; at < field.size() && field[at] >= '0' && field[at] <= '9'; ++at, unit *= 0.1)
      fraction += unit * (field[at] - '0');
    if (at == first) return false;
  }
  int offset_minutes = 0;
  if (at < field.size() && !take_char(field, &at, 'Z')) {
    const bool east = take_char(field, &at, '+');
    if (!east && !take_char(field, &at, '-')) return false;
    const int zone_hour = take_digits(field, &at, 2);
    take_char(field, &at, ':');
    const int zone_minute = take_digits(field, &at, 2);
    if (zone_hour < 0 || zone_hour > 14 || zone_minute < 0 || zone_minute > 59) return false;
    offset_minutes = (east ? 1 : -1) * (zone_hour * 60 + zone_minute);
  }
  if (at != field.size()) return false;
  const int64_t whole = days_since_epoch(year, month, day) * 86400 + hour * 3600 +
                        (minute - offset_minutes) * 60 + second;
  *seconds = static_cast<double>(whole) + fraction;
  return true;
}

}  // namespace cusched
