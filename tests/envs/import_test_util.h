// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cuda/error.h"
#include "envs/importers/import.h"

// What tests of the importers share.
namespace cusched {

inline ImportedJobs import_text(TraceFormat format, const std::string& text,
                                const ImportOptions& options = {}) {
  return import_files({{"jobs", format, text}}, options);
}

// The rows of the CSV, without its header.
inline std::string rows_of(const ImportedJobs& jobs) {
  const std::string csv = imported_csv(jobs);
  return csv.substr(csv.find('\n') + 1);
}

// "COUNT WHAT (FIRST)" of each.
inline std::vector<std::string> told(const std::vector<Tally>& tallies) {
  std::vector<std::string> lines;
  for (const Tally& tally : tallies)
    lines.push_back(tally.count == 0 ? tally.what
                                     : std::to_string(tally.count) + " " + tally.what + " (" +
                                           tally.first + ")");
  return lines;
}

// The message of the InputError that an import throws; "" where it throws none.
inline std::string refusal(TraceFormat format, const std::string& text,
                           const ImportOptions& options = {}) {
  try {
    import_text(format, text, options);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

using Lines = std::vector<std::string>;

}  // namespace cusched
