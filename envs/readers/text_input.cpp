// SPDX-License-Identifier: MIT
#include "envs/readers/text_input.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <new>

#include "cuda/error.h"
#include "envs/readers/unpack.h"

namespace cusched {

namespace {

// What is no text is told by this much, before the rest is read: it may have no end (/dev/zero).
constexpr size_t kHeadBytes = size_t{1} << 16;

void refuse_other(std::string_view bytes, const std::string& path);

std::string read_bytes(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    throw InputError(path, "is a folder", "Name a file in it");
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file)
    throw InputError(path, std::string("cannot be opened: ") + std::strerror(errno),
                     "Check the path and the permissions of the file");
  std::string bytes;
  for (size_t got = kHeadBytes; got > 0;) {
    const size_t before = bytes.size();
    if (before > kMaxTextBytes)
      throw InputError(path, "is larger than 8 GiB", "Cut the file to the part you need");
    try {
      bytes.resize(before + std::max(kHeadBytes, before / 2));
    } catch (const std::bad_alloc&) {
      throw too_little_memory(path, std::to_string(before) + " bytes read so far");
    }
    got = std::fread(bytes.data() + before, 1, bytes.size() - before, file.get());
    bytes.resize(before + got);
    if (before == 0 && packing_of(bytes) == nullptr) refuse_other(bytes, path);
  }
  if (std::ferror(file.get()) != 0)
    throw InputError(
        path,
        "cannot be read past byte " + std::to_string(bytes.size()) + ": " + std::strerror(errno),
        "Check the disk or the other end of the pipe");
  return bytes;
}

bool begins(std::string_view bytes, std::string_view with) {
  return bytes.substr(0, with.size()) == with;
}

// Names what is no text of bytes, with zero bytes or other signs, for what it is.
void refuse_other(std::string_view bytes, const std::string& path) {
  using namespace std::string_view_literals;
  struct Encoding {
    std::string_view mark;
    const char* name;
  };
  static constexpr Encoding kEncodings[] = {{"\xff\xfe\0\0"sv, "UTF-32LE"},
                                            {"\0\0\xfe\xff"sv, "UTF-32BE"},
                                            {"\xff\xfe"sv, "UTF-16LE"},
                                            {"\xfe\xff"sv, "UTF-16BE"}};
  const auto convert = [](const std::string& name) {
    return "Save it as UTF-8, e.g. iconv -f " + name + " -t UTF-8 FILE > NEW";
  };
  for (const Encoding& encoding : kEncodings)
    if (begins(bytes, encoding.mark))
      throw InputError(path, std::string("is ") + encoding.name + " text by its first bytes",
                       convert(std::string(encoding.name).substr(0, 6)));
  struct Kind {
    std::string_view mark;
    const char* name;
    const char* suggestion;
  };
  static constexpr Kind kKinds[] = {
      {"PK\3\4"sv, "a ZIP archive or an Excel workbook", "Unpack it, or save the sheet as CSV"},
      {"7z\xbc\xaf"sv, "a 7z archive", "Unpack it first"},
      {"Rar!"sv, "a RAR archive", "Unpack it first"},
      {"\x1f\x9d"sv, "packed with compress", "Unpack it with `gzip -d` first"},
      {"\x5d\0\0"sv, "packed with lzma, the format before xz", "Unpack it with `xz -d` first"},
      {"\x04\x22\x4d\x18"sv, "packed with lz4", "Unpack it with `lz4 -d` first"},
      {"PAR1"sv, "a Parquet file", "Write it as CSV, e.g. with pandas: DataFrame.to_csv"},
      {"%PDF"sv, "a PDF document", "Give a text file"},
      {"SQLite format 3\0"sv, "an SQLite database", "Only --trace takes one, and only unpacked"}};
  for (const Kind& kind : kKinds)
    if (begins(bytes, kind.mark))
      throw InputError(path, std::string("is ") + kind.name, kind.suggestion);
  if (bytes.size() > 262 && begins(bytes.substr(257), "ustar"))
    throw InputError(path, "is a tar archive", "Unpack it with `tar -xf` and name a file of it");
  const size_t zero = bytes.find('\0');
  if (zero == std::string_view::npos) return;
  const std::string_view head = bytes.substr(0, 64);
  const auto zeros = [&](size_t parity) {
    size_t count = 0;
    for (size_t i = parity; i < head.size(); i += 2) count += head[i] == '\0' ? 1 : 0;
    return count;
  };
  for (const size_t parity : {size_t{0}, size_t{1}})
    if (head.size() >= 4 && zeros(parity) == (head.size() - parity + 1) / 2 &&
        zeros(1 - parity) == 0) {
      const std::string name = parity == 0 ? "UTF-16BE" : "UTF-16LE";
      throw InputError(path, "every other byte is zero: this is " + name + " text", convert(name));
    }
  const auto line = std::count(bytes.begin(), bytes.begin() + static_cast<int64_t>(zero), '\n') + 1;
  throw InputError(path + ":" + std::to_string(line), "holds a zero byte: this is no text",
                   "Give a text file; where it was cut by a crash, remove its end");
}

}  // namespace

std::string read_text(const std::string& path) {
  std::string text = read_bytes(path);
  const auto look = [&](std::string_view bytes) {
    if (packing_of(bytes) != nullptr)
      throw InputError(path, "is packed twice", "Unpack it once before");
    refuse_other(bytes, path);
  };
  if (packing_of(text) != nullptr) text = unpack(text, path, kMaxTextBytes, look);
  look(text);
  if (begins(text, "\xEF\xBB\xBF")) text.erase(0, 3);
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

// Of the Gregorian calendar.
int days_in(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

}  // namespace

bool parse_timestamp(std::string_view field, double* seconds) {
  size_t at = 0;
  const int year = take_digits(field, &at, 4);
  if (year < 1970 || !take_char(field, &at, '-')) return false;
  const int month = take_digits(field, &at, 2);
  if (month < 1 || month > 12 || !take_char(field, &at, '-')) return false;
  const int day = take_digits(field, &at, 2);
  if (day < 1 || day > days_in(year, month)) return false;
  if (at == field.size()) {
    *seconds = static_cast<double>(days_since_epoch(year, month, day) * 86400);
    return true;
  }
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
  take_char(field, &at, ' ');
  if (at < field.size() && (field[at] == '+' || field[at] == '-')) {
    const bool east = field[at++] == '+';
    const int zone_hour = take_digits(field, &at, 2);
    int zone_minute = 0;
    if (take_char(field, &at, ':') || (at < field.size() && field[at] != ' '))
      zone_minute = take_digits(field, &at, 2);
    if (zone_hour < 0 || zone_hour > 14 || zone_minute < 0 || zone_minute > 59) return false;
    offset_minutes = (east ? 1 : -1) * (zone_hour * 60 + zone_minute);
    if (offset_minutes == 0 && field.substr(at) == " UTC") at = field.size();
  } else {
    const std::string_view zone = field.substr(at);
    if (zone == "Z" || zone == "z" || zone == "UTC" || zone == "GMT") at = field.size();
  }
  if (at > 0 && field[at - 1] == ' ') return false;
  if (at != field.size()) return false;
  const int64_t whole = days_since_epoch(year, month, day) * 86400 + hour * 3600 +
                        (minute - offset_minutes) * 60 + second;
  *seconds = static_cast<double>(whole) + fraction;
  return true;
}

}  // namespace cusched
