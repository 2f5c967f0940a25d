// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "cli/evaluation.h"

namespace cusched {

inline constexpr size_t kMostColumns = 5;  // metrics of a table unless the user asks for more

// What a table shows: the headline, then those of `candidates` that are not the same for all
// entries, at most `most`.
std::vector<std::string> table_columns(const Evaluation& evaluation,
                                       const std::vector<std::string>& candidates,
                                       size_t most = kMostColumns);

struct TableOptions {
  bool limited = false;    // entries limited to K jobs (NAME@K) have rows
  bool one_block = false;  // metrics that do not fit are left out; else a second table follows
};

// For a terminal, 80 columns: a row per entry, ranking() of the headline; its mean +- half the 95 %
// interval, of other metrics the mean. Unknown metrics are skipped. A column of times has one unit.
// Heuristics with the same results are one row. Entries without a row are told below.
std::string evaluation_table(const Evaluation& evaluation, const std::vector<std::string>& columns,
                             TableOptions options = {});

}  // namespace cusched
