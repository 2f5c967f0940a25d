// SPDX-License-Identifier: MIT
#include "cli/champion.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/comparison.h"
#include "cli/heuristic_export.h"
#include "cli/interrupt.h"
#include "cli/metric_info.h"
#include "cli/statistics.h"
#include "cli/wrap.h"
#include "cuda/utf8.h"
#include "envs/inputs.h"
#include "envs/workload/trace_windows.h"

namespace cusched {
namespace {

constexpr int kEpisodes = 128;        // of a generator, at least
constexpr int kRound = 8;             // of these, played before the time is looked at again
constexpr int64_t kMostWindows = 64;  // of a trace, those of the looks included
constexpr size_t kFewest = 4;         // windows that say something
constexpr double kMostTime_s = 15, kMostShare = 0.05;

const char* standing_word(Standing standing) {
  constexpr const char* kWords[] = {"beats", "loses", "ties", "unclear", "same", "unknown"};
  return kWords[static_cast<int>(standing)];
}

std::string generated_text(int episodes, uint64_t seed, const char* more) {
  return count_text(episodes, "fresh episode") + " (seed " + std::to_string(seed) + more + ")";
}

std::vector<int> all_of_them(int count) {
  std::vector<int> all;
  for (int i = 0; i < count; ++i) all.push_back(i);
  return all;
}

// Episodes of `play`, windows dealt over `ranges`, that share no job with those of the looks.
std::vector<int> apart_from_looks(const WorkloadSummary& trace, int64_t windows, int looks) {
  const int64_t length = trace.window_jobs;
  const std::vector<int64_t> seen = deal_windows(trace.ranges, length, looks);
  const std::vector<int64_t> dealt = deal_windows(trace.ranges, length, windows);
  std::vector<int> apart;
  for (size_t i = 0; i < dealt.size(); ++i)
    if (std::none_of(seen.begin(), seen.end(),
                     [&](int64_t start) { return std::abs(start - dealt[i]) < length; }))
      apart.push_back(static_cast<int>(i));
  return apart;
}

// Further episodes of the same entries.
void append(Evaluation more, Evaluation* all) {
  if (all->policies.empty()) {
    *all = std::move(more);
    return;
  }
  for (size_t i = 0; i < all->policies.size(); ++i)
    for (size_t m = 0; m < all->metrics.size(); ++m) {
      const std::vector<double>& samples = more.policies[i].samples[m];
      std::vector<double>& whole = all->policies[i].samples[m];
      whole.insert(whole.end(), samples.begin(), samples.end());
    }
}

// The entries' samples of the episodes that count.
void keep_episodes(const std::vector<int>& episodes, Evaluation* evaluation) {
  for (PolicyResult& policy : evaluation->policies)
    for (std::vector<double>& samples : policy.samples) {
      std::vector<double> kept;
      for (const int e : episodes) kept.push_back(samples[static_cast<size_t>(e)]);
      samples = std::move(kept);
    }
  evaluation->episodes.resize(episodes.size());
  std::vector<int64_t>& starts = evaluation->places.starts;
  if (starts.empty()) return;
  std::vector<int64_t> kept;
  for (const int e : episodes) kept.push_back(starts[static_cast<size_t>(e)]);
  starts = kept;
}

// The entry in [first, end) with the best mean, the first on ties.
size_t best_of(const Evaluation& played, const std::string& metric, size_t first, size_t end) {
  const size_t m = static_cast<size_t>(played.metric_index(metric));
  const bool higher = metric_info(metric).better == MetricInfo::Better::kHigher;
  const auto mean_of = [&](size_t i) { return mean(played.policies[i].samples[m]); };
  size_t best = first;
  for (size_t i = first + 1; i < end; ++i)
    if (higher ? mean_of(i) > mean_of(best) : mean_of(i) < mean_of(best)) best = i;
  return best;
}

std::string sentence_of(const Champion& c) {
  const std::string policy = visible_text(c.policy);
  const std::string how = "by " + metric_label(metric_info(c.metric)) + " ";
  const std::string on = ", on " + c.jobs.text + ".";
  switch (c.comparison.standing) {
    case Standing::kBeats:
      return "deploy " + policy + ": " + how + "it " + c.comparison.text + on;
    case Standing::kLoses:
      return "deploy " + c.heuristic + ", not " + policy + ": " + how + "the policy " +
             c.comparison.text + on;
    case Standing::kUnknown:
      return "deploy: not known; " + policy + " " + c.comparison.text + " " + how + on.substr(2);
    default:
      return "deploy " + c.heuristic + ", which is simpler than " + policy + ": " + how +
             "the policy " + c.comparison.text + on;
  }
}

std::vector<std::string> further_sentences(const Champion& c) {
  std::vector<std::string> lines;
  if (c.heuristics > 1)
    lines.push_back("In the looks " + c.heuristic + " was the best of " +
                    count_text(c.heuristics, "heuristic") + "; it sees the whole queue.");
  if (c.heuristics == 1)
    lines.push_back("Only " + c.heuristic +
                    " was played in the looks: compare with all ('cusched eval --baselines all') "
                    "before you choose.");
  if (c.tuned)
    lines.push_back("With tuned, the rule that it began with, compared: it " + c.tuned->text + ".");
  if (c.jobs.episodes.size() == 1) lines.push_back("One episode: any difference may be chance.");
  if (c.contradiction)
    lines.push_back("The verdict's jobs say otherwise: there the policy " + c.contradiction->text +
                    ". Play both on more jobs ('cusched eval') before you choose.");
  return lines;
}

nlohmann::json gain_json(const Comparison& comparison) {
  const auto number = [](double x) {
    return std::isfinite(x) ? nlohmann::json(x) : nlohmann::json();
  };
  const Interval& gain = comparison.gain;
  return {{"mean", number(gain.mean)},
          {"ci95", {number(gain.lo), number(gain.hi)}},
          {"relative", !comparison.absolute}};
}

}  // namespace

ChampionJobs champion_jobs(const EvaluationSetup& looks, const std::vector<uint64_t>& seeds) {
  const EvaluationProbe probe = probe_evaluation(looks);
  const WorkloadSummary& trace = probe.summary;
  ChampionJobs jobs;
  jobs.play = looks;
  if (probe.episodes.empty() && trace.jobs == 0) {
    jobs.play.episodes = std::max(kEpisodes, looks.episodes);
    while (std::find(seeds.begin(), seeds.end(), jobs.play.seed) != seeds.end()) ++jobs.play.seed;
    jobs.episodes = all_of_them(jobs.play.episodes);
    jobs.text = generated_text(jobs.play.episodes, jobs.play.seed, "");
    jobs.generated = true;
    return jobs;
  }
  const bool dealt = std::none_of(looks.values.begin(), looks.values.end(), [](const auto& value) {
    return value.name == "starts" && !value.value.empty();
  });
  const std::string part =
      trace.part.empty() || trace.part == "all" ? "" : " of the part " + trace.part;
  const int64_t windows = std::min(kMostWindows, trace.windows);
  if (probe.episodes.empty() && dealt && windows > looks.episodes) {
    jobs.play.episodes = static_cast<int>(windows);
    jobs.episodes = apart_from_looks(trace, windows, looks.episodes);
    jobs.text = count_text(static_cast<int64_t>(jobs.episodes.size()), "window") + part +
                " that no look played";
    if (jobs.episodes.size() >= kFewest) return jobs;
  }
  jobs.fresh = false;
  jobs.play = looks;
  jobs.episodes = all_of_them(looks.episodes);
  jobs.text = "the " + count_text(looks.episodes, trace.jobs > 0 ? "window" : "episode") + part +
              " that chose it, for lack of others";
  return jobs;
}

Champion find_champion(const TrainSetup& setup, const EvaluationSetup& looks,
                       const std::string& metric, const Rivals& rivals, const std::string& path,
                       int signals, double most_s) {
  const EnvEntry& entry = setup.settings.entry();
  Champion champion;
  champion.policy = path;
  champion.metric = metric;
  champion.jobs = champion_jobs(looks, {setup.seed, looks.seed, kEvaluationSeed});
  std::vector<Contestant> contestants = policy_contestants({path});
  std::vector<std::string> names = {rivals.best};
  for (const std::string& other : rivals.others)
    if (std::find(names.begin(), names.end(), other) == names.end()) names.push_back(other);
  const size_t heuristics = names.size();
  if (rivals.tuned) names.push_back("tuned");
  for (Contestant& c : baseline_contestants(entry, names, /*limited=*/false, 0))
    contestants.push_back(std::move(c));
  const auto begin = std::chrono::steady_clock::now();
  const auto goes_on = [&](const std::string&, int, int, int64_t) {
    return SignalGuard::count() == signals &&
           std::chrono::steady_clock::now() - begin < std::chrono::duration<double>(most_s);
  };
  ChampionJobs& jobs = champion.jobs;
  // A GPU plays all at once in the time of a round.
  const bool in_rounds = jobs.generated && !jobs.play.device.is_cuda();
  const int all = jobs.play.episodes, round = in_rounds ? kRound : all;
  Evaluation played;
  for (int first = 0; first < all; first += round) {
    EvaluationSetup part = jobs.play;
    part.first_episode = first;
    part.episodes = std::min(round, all - first);
    try {
      append(compare(part, contestants, std::vector<std::string>(part.episodes), goes_on, nullptr),
             &played);
    } catch (const Interrupted&) {
      if (first == 0 || SignalGuard::count() != signals) throw;
      jobs.play.episodes = first;
      jobs.episodes = all_of_them(first);
      jobs.text = generated_text(first, jobs.play.seed, "; there was no time for more");
      break;
    }
  }
  keep_episodes(champion.jobs.episodes, &played);
  const size_t best = best_of(played, metric, 1, 1 + heuristics);
  champion.heuristic = names[best - 1];
  champion.heuristics = best == 1 ? rivals.looked_at : 0;
  champion.comparison = compare_entries(played, metric, 0, best);
  EvaluationSetup training = looks;
  training.values = setup.policy_values(path);
  champion.slots = probe_evaluation(training).shape.slots;
  const auto command_of = [&](const std::string& heuristic) {
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    return export_command_line(entry, training.values, heuristic, path,
                               (folder / (heuristic + ".pt")).string());
  };
  if (rivals.tuned) {
    const Comparison tuned = compare_entries(played, metric, 0, 1 + heuristics);
    if (tuned.standing == Standing::kLoses) {
      champion.heuristic = "tuned";
      champion.heuristics = 0;
      champion.comparison = tuned;
    } else {
      champion.tuned = tuned;
      if (tuned.standing != Standing::kBeats) champion.tuned_command = command_of("tuned");
    }
  }
  if (!champion.deploys_policy()) champion.command = command_of(champion.heuristic);
  return champion;
}

double champion_time_s(double training_s) { return std::max(kMostTime_s, kMostShare * training_s); }

void compare_with_verdict(const TrainVerdict& verdict, Champion* champion) {
  const std::vector<PolicyResult>& all = verdict.evaluation.policies;
  const auto policy = std::find_if(all.begin(), all.end(), [](const auto& p) { return p.learned; });
  const auto rule = std::find_if(all.begin(), all.end(), [&](const auto& p) {
    return !p.learned && p.name == champion->heuristic;
  });
  if (policy == all.end() || rule == all.end()) return;
  const Comparison there = compare_entries(verdict.evaluation, champion->metric,
                                           static_cast<size_t>(policy - all.begin()),
                                           static_cast<size_t>(rule - all.begin()));
  const Standing opposite = champion->deploys_policy() ? Standing::kLoses : Standing::kBeats;
  if (there.standing == opposite) champion->contradiction = there;
}

std::string champion_advice(const Champion& c) {
  std::string text = sentence_of(c);
  text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  for (const std::string& line : further_sentences(c)) text += " " + line;
  return text;
}

std::string champion_text(const Champion& c) {
  std::string text = wrapped(sentence_of(c), kTextWidth, "  ");
  const auto more = [&](const std::string& line) {
    text += "  " + wrapped(line, kTextWidth - 2, "  ");
  };
  for (const std::string& line : further_sentences(c)) more(line);
  if (!c.tuned_command.empty()) {
    more("tuned as a policy file:");
    text += "  " + visible_text(c.tuned_command) + "\n";
  }
  if (c.deploys_policy() || c.comparison.standing == Standing::kUnknown) return text;
  if (c.command.empty()) {
    more("No policy file can hold " + c.heuristic + " ('cusched export --heuristic " + c.heuristic +
         "' says why): it needs a scheduler of its own.");
  } else {
    more("As a policy file, which sees " + count_text(c.slots, "job") + ":");
    text += "  " + visible_text(c.command) + "\n";
  }
  return text;
}

nlohmann::json champion_json(const Champion& c) {
  const bool known = c.comparison.standing != Standing::kUnknown;
  return {{"deploy", !known               ? nlohmann::json()
                     : c.deploys_policy() ? "policy"
                                          : "heuristic"},
          {"policy", c.policy},
          {"heuristic", c.heuristic},
          {"metric", c.metric},
          {"standing", standing_word(c.comparison.standing)},
          {"gain", gain_json(c.comparison)},
          {"episodes", c.jobs.episodes.size()},
          {"jobs", c.jobs.text},
          {"fresh", c.jobs.fresh},
          {"sentence", sentence_of(c)},
          {"command", c.command.empty() ? nlohmann::json() : nlohmann::json(c.command)},
          {"tuned", c.tuned ? nlohmann::json{{"standing", standing_word(c.tuned->standing)},
                                             {"gain", gain_json(*c.tuned)}}
                            : nlohmann::json()},
          {"verdict_agrees", !c.contradiction.has_value()}};
}

}  // namespace cusched
