// SPDX-License-Identifier: MIT
#include "cli/warm_start.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "agents/signals.h"
#include "cli/command.h"
#include "cli/evaluation.h"
#include "cli/heuristic_scores.h"
#include "cli/interrupt.h"
#include "cli/metric_info.h"
#include "cli/rule_search.h"
#include "cli/statistics.h"
#include "cli/words.h"
#include "cuda/error.h"
#include "envs/inputs.h"

namespace cusched {
namespace {

constexpr int kEpisodes = 16;
// Not the training's streams, nor those of an evaluation or a choice of policies.
constexpr uint64_t kSeed = 515151;
constexpr double kShareOfTime = 0.03, kLeastSeconds = 5;
constexpr double kSearchShare = 0.25, kSearchSeconds = 30;  // without a time: the latter
constexpr int kSearchEpisodes = 48, kCandidates = 24, kRounds = 60, kRoundsBySteps = 20;
constexpr int64_t kStepsOfRound = 25000;  // of a training that ends by steps
constexpr size_t kFinalists = 3, kAlike = 4;
constexpr double kSayEvery_s = 10;
// Shorter trainings have no time for what "auto" would do.
constexpr double kLongSeconds = 30;
constexpr int64_t kLongSteps = 500000;
constexpr size_t kShown = 5;

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string table_of(const std::vector<HeuristicScore>& scores, const std::string& metric) {
  std::vector<std::vector<std::string>> rows = {{"heuristic", metric}};
  for (size_t i = 0; i < std::min(kShown, scores.size()); ++i)
    rows.push_back({scores[i].name, short_number(scores[i].value)});
  return text_table(rows);
}

// The most that playing every heuristic and that the search may take in a training of `seconds`.
double heuristics_time_s(double seconds) { return std::max(kLeastSeconds, kShareOfTime * seconds); }
int rounds_of(int64_t steps) {
  return static_cast<int>(std::clamp<int64_t>(steps / kStepsOfRound, 1, kRoundsBySteps));
}
double search_time_s(double seconds, int64_t steps) {
  return seconds > 0 ? kSearchShare * seconds : kSearchSeconds * rounds_of(steps) / kRoundsBySteps;
}

bool gives_weights(const std::vector<EnvValue>& values) {
  return std::any_of(values.begin(), values.end(),
                     [](const EnvValue& v) { return v.name == "tuned-weights"; });
}

using Say = std::function<void(const std::string&)>;

// Searches for the weights of `tuned`.
std::string search(const EvaluationSetup& setup, const std::string& metric, int64_t steps,
                   double seconds, const Say& say) {
  EvaluationSetup searched = setup;
  searched.episodes = kSearchEpisodes;
  RuleSearchOptions options;
  options.candidates = kCandidates;
  options.rounds = kRounds;
  options.seed = setup.seed;
  if (seconds > 0) {
    options.seconds = search_time_s(seconds, steps);
  } else {
    options.rounds = rounds_of(steps);  // the same on every machine
  }
  say("warm start: searching for a rule, " +
      (seconds > 0 ? "about " + time_text(options.seconds) : count_text(options.rounds, "round")));
  double said_s = 0;
  const RuleSearch found = search_rule(searched, metric, options, [&](const RuleSearch& best) {
    if (best.seconds - said_s >= kSayEvery_s) {
      said_s = best.seconds;
      say("warm start: " + count_text(best.rules, "rule") + " played, " + metric + " " +
          short_number(best.value) + " (" + best.start + " " + short_number(best.start_value) +
          ")");
    }
    return true;
  });
  if (std::isnan(found.value)) {
    say("warm start: no time to find a rule that is better than " + found.start);
    return found.weights;
  }
  say("tuned: " + metric + " " + short_number(found.value) + " against " +
      short_number(found.start_value) + " of " + found.start + ", after " +
      count_text(found.rules, "rule") + " in " + time_text(found.seconds) + "; --tuned-weights " +
      found.weights);
  return found.weights;
}

}  // namespace

void WarmStartOptions::declare(OptionTable& t, const EnvEntry& entry) {
  std::vector<std::string> words = {"none", "best", "auto"};
  words.insert(words.end(), entry.heuristics.begin(), entry.heuristics.end());
  t.start_group("Warm start");
  t.add("warm-start", &heuristic,
        "before the algorithm, imitate this heuristic (as limited as a policy), the best one on "
        "what "
        "is trained on, or tuned, a rule whose weights are searched for: none, best, a name, or "
        "auto: best where the training "
        "is long enough (30 s or 500,000 steps)")
      .type("NAME")
      .suggests(words);
  t.add("warm-start-share", &share_,
        "of the training that the imitation takes at most; it ends at an agreement of 99 %")
      .min(0)
      .max(1);
  t.add("anchor", &anchor_, "coefficient of the pull to the heuristic after it, at first; 0: none")
      .min(0)
      .max(100);
  t.add("anchor-share", &anchor_share_, "of the training, in which the pull falls to 0")
      .min(0)
      .max(1);
}

void WarmStartOptions::validate(const EnvEntry& entry) const {
  if (heuristic == "none" || heuristic == "best" || heuristic == "auto") return;
  if (std::find(entry.heuristics.begin(), entry.heuristics.end(), heuristic) !=
      entry.heuristics.end())
    return;
  throw InputError("--warm-start", "'" + heuristic + "' is no heuristic of " + entry.name,
                   "Give best, or one of them: 'cusched envs " + entry.name + "' lists them");
}

std::vector<std::string> WarmStartOptions::idle_options(const OptionTable& table) const {
  std::vector<std::string> notes;
  if (on()) return notes;
  for (const char* name : {"warm-start-share", "anchor", "anchor-share"})
    if (const Option* option = table.find(name); option != nullptr && is_changed(*option))
      notes.push_back(std::string("--") + name + " has no effect: warm-start is none");
  return notes;
}

void WarmStartOptions::settle_auto(int64_t steps, double seconds) {
  if (heuristic != "auto") return;
  heuristic = seconds >= kLongSeconds || (seconds == 0 && steps >= kLongSteps) ? "best" : "none";
}

std::string WarmStartOptions::foretell(const EnvEntry& entry, const std::vector<EnvValue>& values,
                                       int64_t steps, double seconds) {
  settle_auto(steps, seconds);
  const auto& names = entry.heuristics;
  const bool tunes =
      !gives_weights(values) && std::find(names.begin(), names.end(), "tuned") != names.end();
  if (heuristic != "best" && (heuristic != "tuned" || !tunes)) return "";
  double most_s = tunes ? search_time_s(seconds, steps) : 0;
  if (heuristic == "best") {
    most_s += heuristics_time_s(seconds);
    heuristic = names.front();  // takes as long to imitate as the best one
  }
  return "warm start: it would first find out what to imitate, in about " + time_text(most_s) +
         "\n";
}

void WarmStartOptions::choose(const EnvEntry& entry, const std::vector<EnvValue>& values,
                              const std::string& metric, const Device& device, int64_t steps,
                              double seconds, const Say& say) {
  settle_auto(steps, seconds);
  if (heuristic != "best" && heuristic != "tuned") return;
  const bool given = gives_weights(values);
  if (heuristic == "tuned" && given) return;
  EvaluationSetup setup;
  setup.entry = &entry;
  setup.values = values;
  setup.episodes = kEpisodes;
  setup.seed = kSeed;
  setup.device = device;
  setup.learns = true;
  if (heuristic == "tuned") {
    tuned_weights = search(setup, metric, steps, seconds, say);
    return;
  }
  const auto& names = entry.heuristics;
  const auto tuned = std::find(names.begin(), names.end(), "tuned");
  const double begin_s = now_s(), most_s = heuristics_time_s(seconds);
  const auto affords = [&](const std::string&) { return now_s() - begin_s < most_s; };
  const auto goes_on = [](int64_t) { return SignalGuard::count() == 0; };
  const std::vector<HeuristicScore> scores =
      score_heuristics(setup, metric, goes_on,
                       seconds > 0 ? std::function<bool(const std::string&)>(affords) : nullptr,
                       /*whole_queue=*/false);
  if (scores.empty())
    throw InputError("--warm-start",
                     "no heuristic could be played in " + short_number(most_s) +
                         " s, so none is known to be best",
                     "Name one, or give more --seconds");
  heuristic = scores[0].name;
  say("warm start: " + heuristic + ", the best of " +
      count_text(static_cast<int64_t>(scores.size()), "heuristic") + " on " +
      std::to_string(kEpisodes) + " episodes\n" + table_of(scores, metric));
  rivals = {heuristic};
  if (tuned == names.end()) return;
  // Two may happen to be alike where there is something to win.
  if (scores.size() >= kAlike && scores.front().value == scores.back().value) {
    say("warm start: all of them are alike on these jobs, so that there may be nothing to "
        "schedule: "
        "a higher load or fewer nodes would leave something to win");
    return;
  }
  if (!given) tuned_weights = search(setup, metric, steps, seconds, say);
  // The best heuristics and the tuned one on episodes that none of them was chosen by.
  if (!given) setup.values.push_back({"tuned-weights", tuned_weights, "the search for a rule"});
  setup.episodes = 2 * kSearchEpisodes;
  setup.seed = kSeed + 2;
  std::vector<HeuristicScore> finalists;
  const auto add = [&](const std::string& name) {
    const int h = static_cast<int>(std::find(names.begin(), names.end(), name) - names.begin());
    const PlayedEpisodes played = play_heuristic(setup, h, /*whole_queue=*/false, goes_on);
    finalists.push_back({name, confidence_interval(metric_samples(played.metrics, metric)).mean});
  };
  add(*tuned);
  const double finals_s = now_s();
  // Equal numbers are equal choices: in a window that a rule picks, the first slot is that rule.
  double last = std::nan("");
  for (size_t i = 0, added = 0; i < scores.size() && added < kFinalists; ++i) {
    if (scores[i].value == last) continue;
    if (added > 0 && seconds > 0 && now_s() - finals_s > most_s) break;
    last = scores[i].value;
    add(scores[i].name);
    ++added;
  }
  sort_scores(metric, &finalists);
  // The weights stay whoever wins: the finalists were played in the window that they make.
  heuristic = finalists[0].name;
  for (size_t i = finalists.size(); i-- > 0;)
    if (finalists[i].name != *tuned) rivals = {finalists[i].name};
  say("warm start: " + heuristic + ", the best of the first " +
      std::to_string(finalists.size() - 1) + " and tuned on " + std::to_string(setup.episodes) +
      " fresh episodes\n" + table_of(finalists, metric));
}

WarmStartConfig WarmStartOptions::config(const EnvEntry& entry) const {
  WarmStartConfig config;
  config.share = std::min(1.0, spent_share + share_);
  config.anchor = anchor_;
  config.anchor_share = anchor_share_;
  if (on())
    config.heuristic =
        static_cast<int>(std::find(entry.heuristics.begin(), entry.heuristics.end(), heuristic) -
                         entry.heuristics.begin());
  return config;
}

std::string warm_start_text(const WarmStartReport& report, const std::string& heuristic) {
  char took[80], agrees[40];
  std::snprintf(took, sizeof took, "after %lld iterations (%.1f %% of the training)",
                static_cast<long long>(report.iterations), 100 * report.share);
  if (!(report.agreement > 0))
    return "warm start: the imitation of " + heuristic + " ended " + took +
           ", too soon for an agreement";
  std::snprintf(agrees, sizeof agrees, " on %.1f %% of its own states, ", 100 * report.agreement);
  return "warm start: agrees with " + heuristic + agrees + took;
}

nlohmann::json warm_start_json(const WarmStartReport& report, const std::string& heuristic) {
  return {{"heuristic", heuristic},
          {"agreement", report.agreement},
          {"iterations", report.iterations},
          {"share", report.share}};
}

}  // namespace cusched
