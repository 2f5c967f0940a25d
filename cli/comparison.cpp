// SPDX-License-Identifier: MIT
#include "cli/comparison.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>

#include "agents/host_pool.h"
#include "cli/held_out.h"
#include "cli/interrupt.h"
#include "cli/metric_info.h"
#include "cli/options.h"
#include "cli/words.h"
#include "cuda/error.h"
#include "envs/objective.h"
#include "envs/placement_curve.h"
#include "export/torchscript_policy.h"

namespace cusched {
namespace {

// Metrics that count a capacity being reached, and what to do about it.
const std::map<std::string, std::string>& capacity_metrics() {
  static const std::map<std::string, std::string> metrics = {
      {"queue_full", "the queue was full and held arrivals at the source: raise --queue-capacity"},
      {"running_full", "the running capacity blocked starts: raise --running-capacity"},
      {"log_overflow",
       "jobs were beyond the log and are missing in waits: raise --log-jobs (placement: "
       "--log-pods)"}};
  return metrics;
}

// Mean over the episodes of the allocation over arrived demand; empty where no pods are placed.
std::vector<double> mean_curve(const PlayedEpisodes& played, int episodes) {
  const auto& names = played.metrics.names;
  const auto capacity = std::find(names.begin(), names.end(), "capacity_gpu_milli");
  if (played.placements.empty() || capacity == names.end()) return {};
  const size_t column = static_cast<size_t>(capacity - names.begin());
  std::vector<double> sum, count;
  for (int e = 0; e < episodes; ++e) {
    const double whole = played.metrics.values[e * names.size() + column];
    const std::vector<double> curve =
        allocation_curve(played.placements[e], static_cast<int64_t>(whole));
    sum.resize(std::max(sum.size(), curve.size()));
    count.resize(sum.size());
    for (size_t k = 0; k < curve.size(); ++k) {
      if (std::isnan(curve[k])) continue;
      sum[k] += curve[k];
      count[k] += 1.0;
    }
  }
  for (size_t k = 0; k < sum.size(); ++k) sum[k] = count[k] > 0 ? sum[k] / count[k] : NAN;
  return sum;
}

PolicyResult result_of(const Contestant& contestant, PlayedEpisodes& played, int episodes) {
  PolicyResult result;
  result.name = contestant.name;
  result.learned = !contestant.policy_file.empty();
  const size_t names = played.metrics.names.size();
  result.samples.assign(names, std::vector<double>(episodes));
  for (int e = 0; e < episodes; ++e)
    for (size_t m = 0; m < names; ++m) result.samples[m][e] = played.metrics.values[e * names + m];
  result.curve = mean_curve(played, episodes);
  result.cluster = played.cluster;
  result.limited = contestant.policy_file.empty() && !contestant.whole_queue;
  result.jobs = std::move(played.jobs);
  return result;
}

}  // namespace

std::vector<Contestant> baseline_contestants(const EnvEntry& entry,
                                             const std::vector<std::string>& words, bool limited,
                                             int slots) {
  std::vector<std::string> names = words;
  if (names.size() == 1 && names[0] == "none") names.clear();
  if (names.size() == 1 && names[0] == "all") names = entry.rules();
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
  using Path = std::filesystem::path;
  std::vector<Contestant> contestants;
  for (const std::string& file : files) {
    const Path path = Path(file).lexically_normal();
    const Path stem = path.stem();
    // Folders that it shares with all of its name say nothing.
    const Path own = path.parent_path();
    const std::vector<Path> folders(own.begin(), own.end());
    size_t shared = folders.size();
    bool unique = true;
    for (const std::string& other : files) {
      const Path its = Path(other).lexically_normal();
      if (its.stem() != stem || its == path) continue;
      unique = false;
      const Path parent = its.parent_path();
      const std::vector<Path> theirs(parent.begin(), parent.end());
      const auto differ =
          std::mismatch(folders.begin(), folders.end(), theirs.begin(), theirs.end());
      shared = std::min(shared, static_cast<size_t>(differ.first - folders.begin()));
    }
    Path name = unique ? stem : Path();
    if (!unique) {
      for (size_t i = shared; i < folders.size(); ++i) name /= folders[i];
      name /= stem;
    }
    contestants.push_back({name.string(), file, file, -1, false});
  }
  return contestants;
}

namespace {

// Of learned contestants, null for others.
std::vector<std::unique_ptr<Policy>> load_policies(const EvaluationSetup& setup,
                                                   const std::vector<Contestant>& contestants) {
  std::vector<std::unique_ptr<Policy>> policies;
  const EvaluationProbe probe = probe_evaluation(setup);
  for (const Contestant& c : contestants) {
    policies.push_back(nullptr);
    if (c.policy_file.empty()) continue;
    policies.back() = load_policy(c.policy_file, setup.device, setup.entry->name, probe.shape);
    check_fields_fit(read_policy_schema(c.policy_file), c.policy_file, probe.schema_json);
  }
  return policies;
}

// A heuristic's file is called so: a baseline may have the name of its stem.
void mark_heuristic(const std::string& file, PolicyResult* result) {
  result->heuristic = read_policy_schema(file).heuristic;
  if (!result->heuristic.empty()) result->name += ".pt";
}

}  // namespace

PlayEstimate estimate_play(const EvaluationSetup& setup, const std::vector<Contestant>& contestants,
                           double most_s) {
  using Clock = std::chrono::steady_clock;
  EvaluationSetup one = setup;
  one.episodes = 1;
  PlayEstimate estimate{0, ""};
  const auto policies = load_policies(setup, contestants);
  for (const bool learned : {true, false}) {
    const auto is_kind = [&](const Contestant& c) { return c.policy_file.empty() != learned; };
    const auto first = std::find_if(contestants.begin(), contestants.end(), is_kind);
    if (first == contestants.end()) continue;
    const auto many = std::count_if(contestants.begin(), contestants.end(), is_kind);
    Policy* const policy = policies[static_cast<size_t>(first - contestants.begin())].get();
    const Clock::time_point begin = Clock::now();
    const auto elapsed = [&] {
      return std::chrono::duration<double>(Clock::now() - begin).count();
    };
    const PlayProgress progress = [&](int64_t) {
      stop_if_interrupted();
      return elapsed() < most_s;
    };
    try {
      if (learned) {
        play_policy(one, *policy, progress);
      } else {
        play_heuristic(one, first->heuristic, first->whole_queue, progress);
      }
    } catch (const Interrupted&) {
      stop_if_interrupted();
      return {-1, ""};
    }
    const double lanes =
        setup.device.is_cuda() ? 1 : std::ceil(double(setup.episodes) / host_threads());
    estimate.seconds += elapsed() * static_cast<double>(many) * lanes;
    estimate.from += (estimate.from.empty() ? "one episode of " : " and of ") + first->name;
  }
  return estimate;
}

Evaluation compare(const EvaluationSetup& setup, const std::vector<Contestant>& contestants,
                   const std::vector<std::string>& episode_labels,
                   const std::function<bool(const std::string&, int, int, int64_t)>& on_progress,
                   std::vector<Schedule>* schedules) {
  Evaluation evaluation;
  evaluation.env = setup.entry->name;
  evaluation.headline = objective_of(*setup.entry, setup.values).metric;
  evaluation.metrics = metric_infos(setup.entry->metrics);
  evaluation.episodes = episode_labels;
  const int total = static_cast<int>(contestants.size());
  // Files are loaded before anything is played: a bad one is told at once.
  const auto policies = load_policies(setup, contestants);
  evaluation.places = window_places(setup.values, probe_evaluation(setup).summary, setup.episodes);
  for (int i = 0; i < total; ++i) {
    const Contestant& c = contestants[i];
    const PlayProgress progress = [&](int64_t steps) {
      return !on_progress || on_progress(c.name, i, total, steps);
    };
    if (!progress(0)) throw Interrupted();
    PlayedEpisodes played = policies[i] != nullptr
                                ? play_policy(setup, *policies[i], progress)
                                : play_heuristic(setup, c.heuristic, c.whole_queue, progress);
    evaluation.policies.push_back(result_of(c, played, setup.episodes));
    if (policies[i] != nullptr) mark_heuristic(c.policy_file, &evaluation.policies.back());
    if (schedules != nullptr && (c.whole_queue || policies[i] != nullptr))
      schedules->push_back(
          {c.policy_file.empty() ? c.word : c.name, played.start_times, played.placements});
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

namespace {

// A name may be a path or come from a file: RFC 4180's quotes where it would read as several
// fields.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

}  // namespace

std::string schedule_csv(const std::vector<Schedule>& schedules,
                         const std::vector<std::string>& starts, bool backfill) {
  std::string text = "policy,backfill,start,start_times\n";
  for (const Schedule& schedule : schedules) {
    for (size_t e = 0; e < schedule.start_times.size(); ++e) {
      text += csv_field(schedule.word) + "," + (backfill ? "1" : "0") + "," + starts[e] + ",";
      const std::vector<int32_t>& times = schedule.start_times[e];
      for (size_t i = 0; i < times.size(); ++i)
        text += (i > 0 ? " " : "") + std::to_string(times[i]);
      text += "\n";
    }
  }
  return text;
}

std::string placements_csv(const std::vector<Schedule>& schedules,
                           const std::vector<std::string>& pod_names) {
  std::string text = "pod";
  size_t rows = 0;
  for (const Schedule& schedule : schedules) {
    text += "," + csv_field(schedule.word + "_node") + "," + csv_field(schedule.word + "_gpus");
    rows = std::max(rows, schedule.placements[0].size());
  }
  text += "\n";
  for (size_t row = 0; row < rows; ++row) {
    std::string pod, cells;
    for (const Schedule& schedule : schedules) {
      const std::vector<PodPlacement>& placed = schedule.placements[0];
      if (row >= placed.size()) {  // dynamic: the full queue of another policy held it back
        cells += ",,";
        continue;
      }
      pod = pod_names[placed[row].pod];
      std::string gpus;
      for (int g = 0; placed[row].gpus >> g != 0; ++g)
        if (placed[row].gpus >> g & 1) gpus += (gpus.empty() ? "" : "-") + std::to_string(g);
      cells += "," + std::to_string(placed[row].node) + "," + gpus;
    }
    text += csv_field(pod) + cells + "\n";
  }
  return text;
}

}  // namespace cusched
