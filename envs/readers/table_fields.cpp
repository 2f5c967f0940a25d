// SPDX-License-Identifier: MIT
#include "envs/readers/table_fields.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "cuda/error.h"
#include "envs/readers/text_input.h"

namespace cusched {
namespace {

std::string quoted(std::string_view text) { return "'" + std::string(text.substr(0, 40)) + "'"; }

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

// Refuses what people write for numbers and this is not, each by its name.
void refuse_lookalikes(const std::string& text, const std::string& where) {
  const std::string word = lower(text.substr(0, 16));
  for (const char* unknown :
       {"nan", "na", "n/a", "null", "none", "\\n", "-", "unknown", "nat", "?"})
    if (word == unknown)
      throw InputError(where, quoted(text) + " is not a number",
                       "Leave the field empty where the value is not known");
  for (const char* endless : {"inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"})
    if (word == endless)
      throw InputError(where, quoted(text) + " is not a number", "Write a finite number");
  double value = 0;
  const size_t comma = text.find(',');
  if (comma == std::string::npos) return;
  std::string point = text;
  point[comma] = '.';
  if (parse_number(point, &value))
    throw InputError(where, quoted(text) + " has a comma where a number has a point",
                     "Write " + point.substr(0, 40) +
                         ", or the number without a sign between "
                         "thousands");
}

}  // namespace

int64_t whole_field(const std::string& text, double low, double high, const std::string& fraction,
                    const std::string& where) {
  refuse_lookalikes(text, where);
  double value = 0;
  if (parse_number(text, &value) && value != std::floor(value))
    throw InputError(where, quoted(text) + " is not a whole number", fraction);
  return static_cast<int64_t>(number_field(text, low, high, where));
}

bool flag_field(const std::string& text, const std::string& where) {
  const std::string word = lower(text.substr(0, 16));
  if (word == "true" || word == "yes") return true;
  if (word == "false" || word == "no") return false;
  return whole_field(text, 0, 1, "Write 0 or 1", where) == 1;
}

double amount_field(const std::string& text, QuantityUnit unit, double low, double high,
                    const std::string& where) {
  refuse_lookalikes(text, where);
  double value = 0;
  if (parse_number(text, &value) && value < 0)
    throw InputError(where, text.substr(0, 40) + " is out of range",
                     quantity_advice(text, unit) + "; not below 0");
  return quantity_field(text, unit, low, high, where);
}

double run_field(const std::string& text, double bare_s, double low, double high,
                 const std::string& where) {
  refuse_lookalikes(text, where);
  double value = 0;
  if (parse_number(text, &value))
    return bare_s * number_field(text, low / bare_s, high / bare_s, where);
  return duration_field(text, bare_s, low, high, where);
}

double TimeColumn::read(const std::string& text, int64_t line, const std::string& where) {
  constexpr double kMilli = 1e12, kMicro = 1e15;  // 2001 in either, since 1970
  double value = 0;
  if (parse_timestamp(text, &value)) {
    constexpr size_t kDate = 10;  // "2025-06-09"
    if (text.size() == kDate) {
      ++dates_;
      return value;
    }
    const size_t zone = text.find_first_of("Zz+-UG", std::min<size_t>(text.size(), 19));
    ++(zone == std::string::npos ? unzoned_ : zoned_);
    return value;
  }
  if (!parse_number(text, &value)) {
    refuse_lookalikes(text, where);
    throw InputError(where, quoted(text) + " is not a number and not a time",
                     "Write seconds, or a time of a day that there is, such as "
                     "2025-06-09T02:54:28Z, 2025-06-09 02:54:28 UTC or 2025-06-09 02:54:28+09:00");
  }
  if (value >= kMicro)
    throw InputError(where, text.substr(0, 40) + " is out of range",
                     "It looks like micro- or nanoseconds since 1970: write seconds or "
                     "milliseconds");
  number_field(text, 0, kMaxSubmitS, where);
  const bool milli = value >= kMilli;
  int64_t& mine = milli ? milli_line_ : seconds_line_;
  const int64_t other = milli ? seconds_line_ : milli_line_;
  // In a column of milliseconds, those before 2001 have fewer digits.
  if (milli_line_ > 0 && !milli && value >= kMilli / 10) return value / 1000;
  if (other > 0)
    throw InputError(
        where,
        text.substr(0, 40) +
            (milli ? " has the size of milliseconds since 1970" : " has the size of seconds") +
            ", line " + std::to_string(other) + " of " +
            (milli ? "seconds" : "milliseconds since 1970"),
        "Write one column in one unit");
  if (mine == 0) mine = line;
  return milli ? value / 1000 : value;
}

void TimeColumn::add_notes(const std::string& name, std::vector<std::string>* notes) const {
  if (milli_line_ > 0) notes->push_back(name + " has 13 digits: read as milliseconds since 1970");
  if (dates_ > 0)
    notes->push_back(std::to_string(dates_) + " dates in " + name +
                     " have no time: taken as midnight, UTC");
  if (zoned_ > 0 && unzoned_ > 0)
    notes->push_back(std::to_string(unzoned_) + " times in " + name +
                     " have no zone where others have one: taken as UTC");
}

}  // namespace cusched
