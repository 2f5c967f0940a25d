// SPDX-License-Identifier: MIT
#include "cli/rule_search.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <numbers>
#include <numeric>
#include <optional>

#include "cli/interrupt.h"
#include "cli/metric_info.h"
#include "cuda/error.h"
#include "cuda/philox.h"
#include "cuda/stream.h"
#include "envs/admission_state.h"
#include "envs/option_values.h"
#include "envs/preset.h"
#include "envs/stream_ids.h"

namespace cusched {
namespace {

using admission::kTunedTerms;
using Weights = std::array<double, kTunedTerms>;

// What known rules are in the terms of envs/baselines/tuned_terms.h: run, size, wait, slowdown,
// large-run, age, gang, gpus, memory, ready, tenant, urgent, left free.
struct KnownRule {
  const char* name;
  Weights weights;
};
constexpr KnownRule kKnown[] = {
    {"saf", {1, 1}},
    {"sjf", {1}},
    {"smallest-first", {0, 1}},
    {"fcfs", {0, 0, -1}},
    {"wfp3", {0, -1, 0, -3}},
    {"sjf that ages", {1, 0, 0, -0.5}},
    {"saf that ages", {1, 1, 0, -0.5}},
    {"wide and short first", {1, -0.4}},
    {"tight, wide and short first", {1, -0.4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}},
    {"best-fit", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}},
    {"f1", {0, 0, 0, 0, 10, -20}},
};
constexpr int kKnownRules = static_cast<int>(std::size(kKnown));
constexpr double kFirstDeviation = 0.5, kLeastDeviation = 0.03;
constexpr double kMutation = 1.0, kMutated = 0.25;  // largest deviation, share of the weights
constexpr int64_t kMostSteps = int64_t{1} << 26;
constexpr int64_t kStepsAtOnce = 64;
constexpr double kNever = std::numeric_limits<double>::infinity();

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string text_of(const Weights& weights) {
  size_t used = weights.size();
  while (used > 1 && weights[used - 1] == 0) --used;
  std::string text;
  for (size_t i = 0; i < used; ++i) {
    char number[32];
    std::snprintf(number, sizeof number, "%.4g", weights[i]);
    text += (i > 0 ? ":" : "") + std::string(number);
  }
  return text;
}

struct Draw {
  double normal, uniform;  // a standard normal number (Box and Muller, 1958), and one in [0, 1)
};

// Numbered: of a candidate's terms, and one more of the candidate itself.
Draw draw_of(uint64_t seed, int round, int candidate, int term) {
  const RngKey key{static_cast<uint32_t>(seed ^ (seed >> 32)), static_cast<uint32_t>(round),
                   static_cast<uint32_t>(candidate), 0};
  const Philox4 draw = draw4(key, kStreamRuleSearch, static_cast<uint32_t>(term));
  const double u = (draw.v[0] + 1.0) / 4294967297.0, angle = draw.v[1] / 4294967296.0;
  return {std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * angle),
          draw.v[2] / 4294967296.0};
}

// A rule with a few of its weights changed, by little or much: what finds its way where most of
// all changes at once make a rule worse.
Weights mutant(Weights rule, uint64_t seed, int round, int candidate) {
  const double scale =
      kMutation * std::exp2(-4 * draw_of(seed, round, candidate, kTunedTerms).uniform);
  for (int i = 0; i < kTunedTerms; ++i) {
    const Draw draw = draw_of(seed, round, candidate, i);
    if (draw.uniform < kMutated) rule[static_cast<size_t>(i)] += scale * draw.normal;
  }
  return rule;
}

// The environment's option `window`.
std::string window_of(const EvaluationSetup& setup) {
  OptionValues values(setup.entry->options);
  set_with_preset(values, setup.entry->presets, setup.entry->objectives, setup.values);
  return values.text("window");
}

// Mean of the metric of each rule, on the same episodes; nothing where they are not at their end by
// `deadline_s`.
std::optional<std::vector<double>> play(const EvaluationSetup& setup, int heuristic,
                                        const std::string& metric,
                                        const std::vector<Weights>& rules, double deadline_s) {
  std::string list;
  for (const Weights& rule : rules) list += (list.empty() ? "" : ",") + text_of(rule);
  std::vector<EnvValue> values = setup.values;
  values.push_back({"tuned-weights", list, "the search for a rule"});
  // A window of the jobs that the rule likes best is the whole queue to it, without the sorting.
  const bool own_window = window_of(setup) == "tuned";
  if (own_window) values.push_back({"window", "head", "the search for a rule"});
  BatchOptions options;
  options.members = static_cast<int>(rules.size());
  options.envs = setup.episodes;
  options.env_offset = setup.first_episode;
  options.device = setup.device;
  options.seed = setup.seed;
  options.paired = true;
  options.whole_queue = own_window;
  options.single_episode = true;
  options.learns = setup.learns;
  options.stagger = false;
  const std::unique_ptr<Batch> batch = setup.entry->create(values, options);
  const Stream stream(setup.device);
  const Exec exec = stream.exec();
  batch->reset(exec, {});
  for (int64_t steps = 0; !batch->all_ended(exec); steps += kStepsAtOnce) {
    CUSCHED_CHECK(steps < kMostSteps, "an episode did not end", "", "Use a shorter horizon");
    batch->run_heuristic(exec, heuristic, kStepsAtOnce, nullptr, {});
    stop_if_interrupted();
    if (now_s() > deadline_s) return std::nullopt;
  }
  const EpisodeMetrics metrics = batch->episode_metrics(exec);
  const size_t n = metrics.names.size();
  const size_t column =
      std::find(metrics.names.begin(), metrics.names.end(), metric) - metrics.names.begin();
  CUSCHED_CHECK(column < n, "the environment has no metric " + metric);
  std::vector<double> means;
  for (size_t p = 0; p < rules.size(); ++p) {
    double sum = 0;
    int count = 0;
    for (int e = 0; e < setup.episodes; ++e) {
      const double value =
          metrics.values[(p * static_cast<size_t>(setup.episodes) + static_cast<size_t>(e)) * n +
                         column];
      if (std::isnan(value)) continue;
      sum += value;
      ++count;
    }
    means.push_back(count > 0 ? sum / count : std::nan(""));
  }
  return means;
}

}  // namespace

RuleSearch search_rule(const EvaluationSetup& setup, const std::string& metric,
                       const RuleSearchOptions& options, const RuleSearchProgress& progress) {
  const auto& names = setup.entry->heuristics;
  const auto found = std::find(names.begin(), names.end(), "tuned");
  if (found == names.end())
    throw InputError("--warm-start", setup.entry->name + " has no rule that can be tuned",
                     "Use --warm-start best, or name a heuristic");
  const int heuristic = static_cast<int>(found - names.begin());
  const bool higher = metric_info(metric).better == MetricInfo::Better::kHigher;
  const auto better = [&](double a, double b) {
    return std::isnan(b) ? !std::isnan(a) : (higher ? a > b : a < b);
  };
  const double began_s = now_s();
  // A round that takes longer is given up, and so is what decides at the end.
  const double deadline_s = options.seconds > 0 ? began_s + 1.5 * options.seconds : kNever;
  const int elite = std::max(2, options.candidates / 4);
  RuleSearch best;
  best.value = best.start_value = std::nan("");
  Weights mean{}, deviation{}, best_weights{};
  deviation.fill(kFirstDeviation);
  for (int round = 0; round < options.rounds; ++round) {
    std::vector<Weights> rules;
    if (round == 0) {
      for (const KnownRule& known : kKnown) rules.push_back(known.weights);
    } else {
      rules = {mean, best_weights};
    }
    for (int c = static_cast<int>(rules.size()); c < options.candidates; ++c) {
      // The first round looks around all rules; the next ones around the best so far, and around
      // the mean of the last good ones.
      if (round == 0 || c % 2 == 0) {
        const Weights& from = round == 0 ? kKnown[c % kKnownRules].weights : best_weights;
        rules.push_back(mutant(from, options.seed, round, c));
        continue;
      }
      Weights rule = mean;
      for (int i = 0; i < kTunedTerms; ++i)
        rule[static_cast<size_t>(i)] +=
            deviation[static_cast<size_t>(i)] * draw_of(options.seed, round, c, i).normal;
      rules.push_back(rule);
    }
    const auto played = play(setup, heuristic, metric, rules, deadline_s);
    if (!played) break;
    const std::vector<double>& values = *played;
    std::vector<size_t> order(rules.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return better(values[a], values[b]); });
    if (round == 0) {
      for (size_t i = 0; i < static_cast<size_t>(kKnownRules); ++i)
        if (best.start.empty() || better(values[i], best.start_value)) {
          best.start = kKnown[i].name;
          best.start_value = values[i];
        }
    }
    if (round == 0 || better(values[order[0]], best.value)) {
      best.value = values[order[0]];
      best_weights = rules[order[0]];
      best.weights = text_of(best_weights);
    }
    // Rules of the first round are of several kinds: their mean may be none of them.
    const size_t of = round == 0 ? 1 : static_cast<size_t>(elite);
    for (size_t i = 0; i < kTunedTerms; ++i) {
      double sum = 0, squares = 0;
      for (size_t k = 0; k < of; ++k) sum += rules[order[k]][i];
      mean[i] = sum / static_cast<double>(of);
      for (size_t k = 0; k < of; ++k)
        squares += (rules[order[k]][i] - mean[i]) * (rules[order[k]][i] - mean[i]);
      if (round > 0)
        deviation[i] =
            std::max(kLeastDeviation,
                     0.3 * deviation[i] + 0.7 * std::sqrt(squares / static_cast<double>(of)));
    }
    best.rounds = round + 1;
    best.rules += static_cast<int>(rules.size());
    best.seconds = now_s() - began_s;
    if (progress && !progress(best)) break;
    const double per_round_s = best.seconds / best.rounds;
    if (options.seconds > 0 && best.seconds + per_round_s > options.seconds) break;
  }
  // Its own jobs flatter the best of a thousand rules: others decide between it, the mean of the
  // last good ones and the known rules.
  EvaluationSetup fresh = setup;
  fresh.seed = setup.seed + 1;
  fresh.episodes = 2 * setup.episodes;
  std::vector<Weights> finalists = {best_weights, mean};
  for (const KnownRule& known : kKnown) finalists.push_back(known.weights);
  const auto played = best.rounds > 0
                          ? play(fresh, heuristic, metric, finalists,
                                 options.seconds > 0 ? now_s() + 0.5 * options.seconds : kNever)
                          : std::nullopt;
  best.seconds = now_s() - began_s;
  if (!played) {  // nothing says that what was found is better
    best.weights = text_of(kKnown[0].weights);
    best.start = kKnown[0].name;
    best.value = best.start_value = std::nan("");
    return best;
  }
  const std::vector<double>& values = *played;
  size_t chosen = 0;
  best.start.clear();
  for (size_t i = 0; i < finalists.size(); ++i) {
    if (better(values[i], values[chosen])) chosen = i;
    if (i < 2) continue;
    if (best.start.empty() || better(values[i], best.start_value)) {
      best.start = kKnown[i - 2].name;
      best.start_value = values[i];
    }
  }
  best.value = values[chosen];
  best.weights = text_of(finalists[chosen]);
  best.seconds = now_s() - began_s;
  return best;
}

}  // namespace cusched
