// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/evaluate.h"

namespace cusched {

// A heuristic's mean of a metric over some episodes.
struct HeuristicScore {
  std::string name;  // e.g. "sjf"
  double value = 0;  // NaN: the metric did not exist
};

// The best first by the metric, equal ones as they stand, NaN last.
void sort_scores(const std::string& metric, std::vector<HeuristicScore>* scores);

// Every heuristic of the environment whose numbers come from no search (EnvEntry::rules), with the
// whole queue to choose from or the first K items, on the episodes of `setup`; the best first,
// equal ones and NaN in the order of their names. Throws Interrupted where `progress` says so.
// `affords`, which may be null, is asked before and while each is played, the well-known ones first
// (heuristics_by_fame): where it says no, this one and the rest are left out.
std::vector<HeuristicScore> score_heuristics(
    const EvaluationSetup& setup, const std::string& metric, const PlayProgress& progress = {},
    const std::function<bool(const std::string& name)>& affords = nullptr, bool whole_queue = true);

// Of these, those that everybody knows: random-feasible, fifo, easy-backfill.
std::vector<std::string> known_heuristics(const std::vector<std::string>& names);

// The values of a metric, one an episode.
std::vector<double> metric_samples(const EpisodeMetrics& metrics, const std::string& name);

}  // namespace cusched
