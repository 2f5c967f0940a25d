// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cli/evaluation.h"
#include "cli/options.h"

namespace cusched {

// What the members of a population differ in, and how each did.
struct MemberTable {
  std::vector<std::string> parameters;  // options with other values, e.g. "learning-rate"
  struct Row {
    int member = 0;
    std::vector<std::string> values;  // of the parameters
    double score = 0;                 // NaN: diverged, or never played
  };
  std::vector<Row> rows;  // best first
  MetricInfo score;
};

// `scores` (P), of `metric` (or of another number, whose MetricInfo says what is better).
MemberTable member_table(const OptionTable& options, const std::vector<double>& scores,
                         const MetricInfo& metric);

// For a terminal; at most `most` members, the best.
std::string member_text(const MemberTable& table, size_t most = 20);
// [{"member": 2, "learning-rate": "0.001", ..., "METRIC": 12.5}], best first.
nlohmann::json member_json(const MemberTable& table);

}  // namespace cusched
