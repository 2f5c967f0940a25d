// SPDX-License-Identifier: MIT
#include "cli/comparison.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>

#include "cli/interrupt.h"
#include "cli/metric_info.h"
#include "cli/options.h"
#include "cli/plot.h"
#include "cuda/error.h"
#include "export/torchscript_policy.h"

namespace cusched {
namespace {

// Metrics that count a capacity being reached, and what to do about it.
const std::map<std::string, std::string>& capacity_metrics() {
  static const std::map<std::string, std::string> metrics = {
      {"queue_full", "the queue was full and held arrivals at the source: raise --queue-capacity"},
      {"running_full", "the running capacity blocked starts: raise --running-capacity"},
      {"log_overflow", "jobs were beyond the log and are missing in waits: raise --log-jobs"}};
  return metrics;
}

// Metrics whose spread over the episodes is drawn.
bool is_spread(const std::string& metric) {
  return metric == "wait_mean_s" || metric == "wait_p95_s" || metric == "bounded_slowdown";
}

PolicyResult result_of(const Contestant& contestant, const PlayedEpisodes& played, int episodes) {
  PolicyResult result;
  result.name = contestant.name;
  result.learned = !contestant.policy_file.empty();
  const size_t names = played.metrics.names.size();
  result.samples.assign(names, std::vector<double>(episodes));
  for (int e = 0; e < episodes; ++e)
    for (size_t m = 0; m < names; ++m) result.samples[m][e] = played.metrics.values[e * names + m];
  return result;
}

}  // namespace

std::vector<Contestant> baseline_contestants(const EnvEntry& entry,
                                             const std::vector<std::string>& words, bool limited,
                                             int slots) {
  std::vector<std::string> names = words;
  if (names.size() == 1 && names[0] == "none") names.clear();
  if (names.size() == 1 && names[0] == "all") names = entry.heuristics;
  std::vector<Contestant> contestants;
  for (const std::string& word : names) {
    const auto& all = entry.heuristics;
    auto found = std::find(all.begin(), all.end(), word);
    if (found == all.end() && word == "fcfs") found = std::find(all.begin(), all.end(), "fifo");
    if (found == all.end()) {
      const std::string closest = closest_word(word, all);
      std::string known;
      for (const std::string& name : all) known += (known.empty() ? "" : ", ") + name;
      throw InputError(
          "--baselines", "there is no baseline '" + word + "'",
          closest.empty() ? "Choose from all, none, " + known : "Did you mean '" + closest + "'?");
    }
    const int index = static_cast<int>(found - all.begin());
    contestants.push_back({word, word, "", index, true});
    if (limited)
      contestants.push_back({word + "@" + std::to_string(slots), word, "", index, false});
  }
  return contestants;
}

std::vector<Contestant> policy_contestants(const std::vector<std::string>& files) {
  std::vector<Contestant> contestants;
  for (const std::string& file : files) {
    const std::filesystem::path path(file);
    const std::string stem = path.stem().string();
    const auto same = [&](const std::string& f) {
      return std::filesystem::path(f).stem().string() == stem;
    };
    const bool unique = std::count_if(files.begin(), files.end(), same) == 1;
    const std::string name = unique ? stem : (path.parent_path() / stem).string();
    contestants.push_back({name, file, file, -1, false});
  }
  return contestants;
}

Evaluation compare(const EvaluationSetup& setup, const std::vector<Contestant>& contestants,
                   const std::vector<std::string>& episode_labels,
                   const std::function<bool(const std::string&, int, int, int64_t)>& on_progress,
                   std::vector<Schedule>* schedules) {
  Evaluation evaluation;
  evaluation.env = setup.entry->name;
  evaluation.metrics = metric_infos(setup.entry->metrics);
  evaluation.episodes = episode_labels;
  for (const MetricInfo& metric : evaluation.metrics)
    if (is_spread(metric.name))
      evaluation.distributions.push_back(metric.name + (metric.unit.empty() ? "" : ", s") +
                                         ": spread over the episodes");
  const int total = static_cast<int>(contestants.size());
  // Files are loaded before anything is played: a bad one is told at once.
  std::vector<std::unique_ptr<Policy>> policies;
  const BatchShape shape = probe_evaluation(setup).shape;
  for (const Contestant& c : contestants)
    policies.push_back(c.policy_file.empty()
                           ? nullptr
                           : load_policy(c.policy_file, setup.device, setup.entry->name, shape));
  for (int i = 0; i < total; ++i) {
    const Contestant& c = contestants[i];
    const PlayProgress progress = [&](int64_t steps) {
      return !on_progress || on_progress(c.name, i, total, steps);
    };
    if (!progress(0)) throw Interrupted();
    const PlayedEpisodes played = policies[i] != nullptr
                                      ? play_policy(setup, *policies[i], progress)
                                      : play_heuristic(setup, c.heuristic, c.whole_queue, progress);
    evaluation.policies.push_back(result_of(c, played, setup.episodes));
    if (schedules != nullptr && (c.whole_queue || policies[i] != nullptr))
      schedules->push_back({c.word, played.start_times});
    for (const auto& [metric, meaning] : capacity_metrics()) {
      const int index = evaluation.metric_index(metric);
      if (index < 0) continue;
      double count = 0;
      for (const double x : evaluation.policies.back().samples[index]) count += x;
      if (count > 0)
        evaluation.warnings.push_back(c.name + ": " + meaning + " (" + short_number(count) +
                                      " times)");
    }
  }
  return evaluation;
}

std::string schedule_csv(const std::vector<Schedule>& schedules,
                         const std::vector<std::string>& starts, bool backfill) {
  std::string text = "policy,backfill,start,start_times\n";
  for (const Schedule& schedule : schedules) {
    for (size_t e = 0; e < schedule.start_times.size(); ++e) {
      text += schedule.word + "," + (backfill ? "1" : "0") + "," + starts[e] + ",";
      const std::vector<int32_t>& times = schedule.start_times[e];
      for (size_t i = 0; i < times.size(); ++i)
        text += (i > 0 ? " " : "") + std::to_string(times[i]);
      text += "\n";
    }
  }
  return text;
}

}  // namespace cusched
