// SPDX-License-Identifier: MIT
#include "cli/heuristic_scores.h"

#include <algorithm>
#include <cmath>

#include "cli/interrupt.h"
#include "cli/look_budget.h"
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

void sort_scores(const std::string& metric, std::vector<HeuristicScore>* scores) {
  const bool higher = metric_info(metric).better == MetricInfo::Better::kHigher;
  std::stable_sort(scores->begin(), scores->end(), [&](const auto& a, const auto& b) {
    if (std::isnan(a.value) || std::isnan(b.value))
      return !std::isnan(a.value) && std::isnan(b.value);
    return higher ? a.value > b.value : a.value < b.value;
  });
}

std::vector<HeuristicScore> score_heuristics(const EvaluationSetup& setup,
                                             const std::string& metric,
                                             const PlayProgress& progress,
                                             const std::function<bool(const std::string&)>& affords,
                                             bool whole_queue) {
  const std::vector<std::string>& names = setup.entry->heuristics;
  std::vector<double> values(names.size());
  std::vector<bool> is_played(names.size(), false);
  for (const int h : heuristics_by_fame(names)) {
    if (setup.entry->heuristic_about[static_cast<size_t>(h)].learned) continue;
    bool too_dear = affords && !affords(names[h]);
    if (too_dear) break;
    try {
      const PlayedEpisodes played = play_heuristic(setup, h, whole_queue, [&](int64_t steps) {
        if (progress && !progress(steps)) return false;
        too_dear = affords && !affords(names[h]);
        return !too_dear;
      });
      values[h] = confidence_interval(metric_samples(played.metrics, metric)).mean;
      is_played[h] = true;
    } catch (const Interrupted&) {
      if (!too_dear) throw;
      break;
    }
  }
  std::vector<HeuristicScore> scores;
  for (size_t h = 0; h < names.size(); ++h)
    if (is_played[h]) scores.push_back({names[h], values[h]});
  sort_scores(metric, &scores);
  return scores;
}

std::vector<std::string> known_heuristics(const std::vector<std::string>& names) {
  std::vector<std::string> known;
  for (const char* name : {"random-feasible", "fifo", "easy-backfill"})
    if (std::find(names.begin(), names.end(), name) != names.end()) known.emplace_back(name);
  return known;
}

}  // namespace cusched
