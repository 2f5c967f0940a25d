// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "cli/evaluation.h"

// Which policies and metrics of an evaluation a report shows where.
namespace cusched {

// The metric that sorts: the evaluation's headline, else the first of `columns` that exists; "".
std::string sorting_metric(const Evaluation& evaluation, const std::vector<std::string>& columns);

// Indices of the metrics of the main table and the plots: the sorting one, `columns`, and the
// longest wait; those that exist, each once.
std::vector<int> shown_metrics(const Evaluation& evaluation,
                               const std::vector<std::string>& columns);

// In every episode all policies have the same value (or none).
bool is_constant(const Evaluation& evaluation, int metric);

// The metrics of the list that tell policies apart.
std::vector<int> telling_metrics(const Evaluation& evaluation, const std::vector<int>& metrics);

// "success rate 100 %, oom kills 0": those of the list that are the same for all; "" for none.
std::string constants_text(const Evaluation& evaluation, const std::vector<int>& metrics);

// Policies (indices, best first) that have a row in plots: all but heuristics limited to K jobs and
// second names of the same results.
std::vector<size_t> plotted_policies(const Evaluation& evaluation, const std::string& metric);

// Few enough for lines: the best learned policies (up to three), the best heuristic, and those of
// easy-backfill, fifo, fgd and random-feasible that were played.
std::vector<size_t> line_policies(const Evaluation& evaluation, const std::string& metric);

// "fifo = fcfs, sjf = shortest": heuristics with the same results; "" for none.
std::string same_text(const Evaluation& evaluation);

}  // namespace cusched
