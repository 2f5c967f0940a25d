// SPDX-License-Identifier: MIT
#include "cli/heuristic_scores.h"

#include <algorithm>
#include <cmath>

#include "cli/metric_info.h"
#include "cli/statistics.h"

namespace cusched {

std::vector<double> metric_samples(const EpisodeMetrics& metrics, const std::string& name) {
  const auto& names = metrics.names;
  const size_t column = std::find(names.begin(), names.end(), name) - names.begin();
  std::vector<double> samples;
  for (size_t at = column; at < metrics.values.size(); at += names.size())
    samples.push_back(metrics.values[at]);
  return samples;
}

std::vector<HeuristicScore> score_heuristics(const EvaluationSetup& setup,
                                             const std::string& metric,
                                             const PlayProgress& progress) {
  std::vector<HeuristicScore> scores;
  for (size_t h = 0; h < setup.entry->heuristics.size(); ++h) {
    const PlayedEpisodes played =
        play_heuristic(setup, static_cast<int>(h), /*whole_queue=*/true, progress);
    const double value = confidence_interval(metric_samples(played.metrics, metric)).mean;
    scores.push_back({setup.entry->heuristics[h], value});
  }
  const bool higher = metric_info(metric).better == MetricInfo::Better::kHigher;
  std::stable_sort(scores.begin(), scores.end(), [&](const auto& a, const auto& b) {
    if (std::isnan(a.value) || std::isnan(b.value))
      return !std::isnan(a.value) && std::isnan(b.value);
    return higher ? a.value > b.value : a.value < b.value;
  });
  return scores;
}

std::vector<std::string> known_heuristics(const std::vector<std::string>& names) {
  std::vector<std::string> known;
  for (const char* name : {"random-feasible", "fifo", "easy-backfill"})
    if (std::find(names.begin(), names.end(), name) != names.end()) known.emplace_back(name);
  return known;
}

}  // namespace cusched
