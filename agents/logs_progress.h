// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "agents/logs.h"

namespace cusched {

enum class ProgressMode : uint8_t {
  kAuto,     // kInPlace on a terminal, else kLines
  kInPlace,  // one line, rewritten at every report
  kLines,    // a line every few seconds, for logs
  kJson,     // a JSON object a line, every report
  kQuiet,
};

// "1.2 k", "34.5 M", "1.50 G": at most three to four digits.
std::string short_count(double value);
// "41 s", "3:05", "2:03:00".
std::string short_time(double seconds);

// e.g. "12.3 M / 50.0 M steps  210 k/s (mean 205 k/s)  ETA 3:05  return -12.3"; for a population
// the return is told as best (which member), median and worst. Return is the column
// "episode_return", or "reward_mean" where there is none.
std::string progress_text(const TrainReport& report);

// {"type":"progress","iteration":..,"steps":..,"seconds":..,...,"members":[{"member":0,NAME:..}]}
std::string progress_json(const TrainReport& report);

// Writes reports to `out`, in kLines at most one every `line_every_s` seconds of training.
// What cannot be written (a closed pipe, a full disk) makes failed() true.
// flush() ends an in-place line, so that other text can follow, and shows a held-back report.
std::unique_ptr<ReportSink> make_progress(std::FILE* out, ProgressMode mode,
                                          double line_every_s = 5.0);

}  // namespace cusched
