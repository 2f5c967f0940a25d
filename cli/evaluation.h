// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/block_bootstrap.h"
#include "envs/cluster_state.h"
#include "envs/job_record.h"

namespace cusched {

// What a metric is called and which direction is good.
struct MetricInfo {
  enum class Better : uint8_t { kLower, kHigher, kNeither };

  std::string name;     // e.g. "wait_mean_s"
  std::string unit;     // e.g. "s"
  std::string meaning;  // one line
  Better better = Better::kNeither;
  std::string label = {};  // two or three words, e.g. "mean wait"; empty: the name says it
  bool share = false;      // 0..1, told as a percentage
};

struct PolicyResult {
  std::string name;                          // a file's stem, "sjf" or "sjf@10"
  bool learned = false;                      // a policy file; every other entry is a heuristic
  std::vector<std::vector<double>> samples;  // (metrics, episodes); NaN: the metric did not exist
  std::vector<double> curve = {};  // envs/placement_curve.h, mean over the episodes; may be empty
  ClusterState cluster = {};       // as the first episode left it; may be empty
  bool limited = false;            // a heuristic that sees the first K jobs only ("sjf@10")
  std::vector<EpisodeJobs> jobs = {};  // of every episode, Batch::episode_jobs; may be empty
  std::string heuristic = {};  // which a policy file is (cusched export --heuristic), else empty
};

// Everything an evaluation found. Episode i of every policy ran the same job stream.
struct Evaluation {
  std::string env;
  std::string workload;
  std::string headline;  // the metric that sorts and that sentences speak of, e.g. "wait_mean_s"
  std::vector<MetricInfo> metrics;
  std::vector<std::string> episodes;     // labels: "0", "1", ... or the start indices
  std::string episode_word = "episode";  // "episode" or "start", for headings
  std::vector<PolicyResult> policies;
  std::vector<std::string> pod_names;  // rows of the pod list, where pods are placed
  std::vector<std::pair<std::string, std::string>> facts;  // seed, horizon, machine, commit, ...
  // Whether the policies' trainings saw none of the jobs; nothing where it cannot be told.
  std::optional<bool> held_out;
  std::vector<std::string> warnings;  // e.g. capacities that were reached
  WindowPlaces places = {};           // of the episodes, where they are windows of a trace
  bool some_heuristics = false;       // not all of the environment's were played
  std::string advice = {};            // which policy to deploy, after a training; may be empty

  int metric_index(const std::string& name) const;  // -1 when there is none
};

// 95 % intervals over the episodes, by window_interval: of the mean of `samples`, one an episode;
// of a[i] - b[i], the same job streams; of (a[i] - b[i]) / |mean of b|, what a is above b as a
// share of b's mean, which is taken as known (NaN or infinite where it is zero). Episodes (pairs)
// with NaN are left out.
Interval mean_interval(const Evaluation& evaluation, const std::vector<double>& samples);
Interval paired_interval(const Evaluation& evaluation, const std::vector<double>& a,
                         const std::vector<double>& b);
Interval relative_interval(const Evaluation& evaluation, const std::vector<double>& a,
                           const std::vector<double>& b);

// How the intervals come about where episodes are windows that overlap or adjoin; "" where they
// count as independent.
std::string interval_words(const Evaluation& evaluation);

// A learned policy (or, where there is none, the first entry) minus every other entry.
struct PairedRow {
  std::string policy, baseline;
  std::vector<Interval> metrics;   // in the metric's unit
  std::vector<Interval> relative;  // relative_interval(): shares of the baseline's mean
};
std::vector<PairedRow> paired_rows(const Evaluation& evaluation);

// Indices into `policies` by the mean of `metric`, the best first; as they are given where the
// metric has no good direction or is unknown. Entries without a value come last.
std::vector<size_t> ranking(const Evaluation& evaluation, const std::string& metric);

// For every entry the one that stands for all heuristics with the very same numbers in every metric
// (two names of one rule), itself where it is alone or learned. Names that people know go first.
std::vector<size_t> same_results(const Evaluation& evaluation);

// A rule that a reader wants results compared with: easy-backfill, fifo, random-feasible, ...
bool is_well_known(const std::string& heuristic);

// {"env","workload","policies":[{"name","metrics":{"NAME":{"mean","ci95":[lo,hi]}}}]}, then
// "held_out", "episodes", "intervals", "paired", "units", "facts", "warnings", "headline",
// "ranking" (names, the best first), "sentences" and "verdict_warnings" (verdict_of). Unknown
// numbers are null.
nlohmann::json evaluation_json(const Evaluation& evaluation);

// Columns of text, the first flushed left, the others right, with a rule under the heading.
std::string text_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace cusched
