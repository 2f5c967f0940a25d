// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "envs/readers/units.h"

// Values of a table's fields: a number, or InputError that says what was found instead (NaN, a
// decimal comma, a fraction) and what to write. Internal to the readers. `where` names file, line
// and field; an empty field is the caller's to handle.
namespace cusched {

// A whole number in [low, high]; "3.0" is one. `fraction` says what to do with a fraction.
int64_t whole_field(const std::string& text, double low, double high, const std::string& fraction,
                    const std::string& where);

// 0 or 1; also true and false, yes and no, in any case.
bool flag_field(const std::string& text, const std::string& where);

// An amount in [low, high] of what `unit` returns (units.h).
double amount_field(const std::string& text, QuantityUnit unit, double low, double high,
                    const std::string& where);

// A run time in [low, high] s: a number of `bare_s` seconds, negative where the table does not know
// it, or a duration (units.h).
double run_field(const std::string& text, double bare_s, double low, double high,
                 const std::string& where);

// A column of times: seconds, or dates with or without a time and a zone (then midnight, UTC).
// Numbers of 13 digits are milliseconds since 1970; the first number decides for the column, and
// one of the other kind is refused.
class TimeColumn {
 public:
  // Seconds, >= 0, with their fraction.
  double read(const std::string& text, int64_t line, const std::string& where);

  // What was assumed of the column `name`, for the user; adds nothing where nothing was.
  void add_notes(const std::string& name, std::vector<std::string>* notes) const;

 private:
  int64_t seconds_line_ = 0, milli_line_ = 0;  // first of the kind; 0: none
  int64_t zoned_ = 0, unzoned_ = 0, dates_ = 0;
};

}  // namespace cusched
