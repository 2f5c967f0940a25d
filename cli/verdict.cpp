// SPDX-License-Identifier: MIT
#include "cli/verdict.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>

#include "cli/metric_info.h"
#include "cli/words.h"
#include "cuda/utf8.h"
#include "envs/inputs.h"

namespace cusched {
namespace {

constexpr std::string_view kInterval = "95 % interval ";
constexpr size_t kMostTold = 3;        // learned policies that get sentences of their own
constexpr double kWideInterval = 0.1;  // half of it: more is no tie but too few episodes

// One entry against another, seen from the first.
struct Duel {
  size_t other = 0;  // index into Evaluation::policies
  Interval gain;  // share of the other's mean (or, `absolute`, in the metric's unit); > 0: better
  bool absolute = false;  // the other's mean is zero
  Standing standing = Standing::kUnknown;
};

double sign_of(const MetricInfo& metric) {
  return metric.better == MetricInfo::Better::kHigher ? 1 : -1;
}

Duel duel(const Evaluation& e, int m, size_t one, size_t other) {
  Duel result;
  result.other = other;
  const std::vector<double>&a = e.policies[one].samples[m], &b = e.policies[other].samples[m];
  Interval gain = relative_interval(e, a, b);
  if (!std::isfinite(gain.mean)) {
    gain = paired_interval(e, a, b);
    result.absolute = true;
  }
  if (sign_of(e.metrics[m]) < 0) gain = {-gain.mean, -gain.hi, -gain.lo, gain.n};
  result.gain = gain;
  if (gain.n == 0) return result;
  const bool known = std::isfinite(gain.lo);
  bool same = true;
  for (size_t i = 0; i < a.size(); ++i)
    same &= a[i] == b[i] || std::isnan(a[i]) || std::isnan(b[i]);
  if (same) {
    result.standing = Standing::kSame;
  } else if (!known && gain.n > 1) {  // windows that share nearly all their jobs
    result.standing = Standing::kUnclear;
  } else if ((known ? gain.lo : gain.mean) > 0) {
    result.standing = Standing::kBeats;
  } else if ((known ? gain.hi : gain.mean) < 0) {
    result.standing = Standing::kLoses;
  } else {
    const bool wide = !result.absolute && gain.half_width() > kWideInterval;
    result.standing = wide ? Standing::kUnclear : Standing::kTies;
  }
  return result;
}

// A share as a percentage, with as many digits as its size needs; `like` gives that size.
std::string percent(double share, double like) {
  const double size = std::fabs(100 * like);
  const double value = 100 * share;
  if (size >= 1000) return grouped(std::llround(value));
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", size >= 10 ? 0 : size >= 1 ? 1 : 2, value);
  return std::string(text) == "-0" || std::string(text) == "-0.0" || std::string(text) == "-0.00"
             ? text + 1
             : text;
}

// "30 % (95 % interval 25 to 35 %)"; `flip` tells a loss as a positive number.
std::string size_text(const MetricInfo& metric, const Duel& duel, bool flip) {
  Interval gain = duel.gain;
  if (flip) gain = {-gain.mean, -gain.hi, -gain.lo, gain.n};
  const bool known = std::isfinite(gain.lo);
  const double size = known ? std::max(std::fabs(gain.mean), gain.half_width()) : gain.mean;
  const auto number = [&](double x) {
    return duel.absolute ? value_text(metric, x) : percent(x, size);
  };
  const std::string unit = duel.absolute ? "" : " %";
  std::string text = number(gain.mean) + unit;
  if (known) text += " (95 % interval " + number(gain.lo) + " to " + number(gain.hi) + unit + ")";
  return text;
}

std::string duel_text(const MetricInfo& metric, const Duel& duel, const std::string& other) {
  const bool better = duel.gain.mean > 0;
  const std::string how = size_text(metric, duel, !better);
  // "0.5 % better, 95 % interval -2 to 3 %": of what is no victory the sign is in the words.
  const size_t bracket = how.find(" (");
  std::string apart = how.substr(0, bracket) + (better ? " better" : " worse");
  if (std::fabs(duel.gain.mean) < 0.02 * duel.gain.half_width()) apart = "no difference";
  if (bracket != std::string::npos)
    apart += ", " + how.substr(bracket + 2, how.size() - bracket - 3);
  switch (duel.standing) {
    case Standing::kBeats:
      return "beats " + other + " by " + how;
    case Standing::kLoses:
      return "loses to " + other + " by " + how;
    case Standing::kTies:
      return "ties with " + other + " (" + apart + ")";
    case Standing::kUnclear:
      return "is not told apart from " + other + " (" + apart + ")";
    case Standing::kSame:
      return "does exactly as " + other;
    case Standing::kUnknown:
      break;
  }
  return "cannot be compared with " + other;
}

// "a, b and c".
std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
  return text;
}

// What an evaluation's sentences are made from.
class Teller {
 public:
  Teller(const Evaluation& evaluation, int metric)
      : e_(evaluation), m_(metric), metric_(evaluation.metrics[metric]) {
    const std::vector<size_t> same = same_results(evaluation);
    for (const size_t i : ranking(evaluation, metric_.name)) {
      if (evaluation.policies[i].learned) learned_.push_back(i);
      if (!evaluation.policies[i].learned && !evaluation.policies[i].limited && same[i] == i)
        heuristics_.push_back(i);
    }
  }

  Verdict tell() const {
    Verdict verdict;
    if (learned_.empty()) {
      if (heuristics_.size() > 1)
        verdict.sentences =
            about(heuristics_[0], " is the best of " + count_text(heuristics_.size(), "heuristic"));
    } else {
      for (size_t i = 0; i < std::min(learned_.size(), kMostTold); ++i)
        for (std::string& sentence : about(learned_[i], ""))
          verdict.sentences.push_back(std::move(sentence));
      if (learned_.size() > 1) verdict.sentences.push_back(of_each_other());
      for (const size_t i : learned_)
        if (std::string warning = warning_of(i); !warning.empty())
          verdict.warnings.push_back(std::move(warning));
    }
    if (!verdict.sentences.empty() && e_.episodes.size() == 1)
      verdict.sentences.push_back("One " + e_.episode_word +
                                  ": there is no interval, and any difference may be chance.");
    if (const std::string words = interval_words(e_);
        !verdict.sentences.empty() && e_.episodes.size() > 1 && !words.empty())
      verdict.sentences.push_back(words);
    if (!verdict.sentences.empty() && e_.episodes.size() > 1 && all_alike())
      verdict.sentences.push_back("All " + e_.episode_word +
                                  "s are the same: their intervals mean nothing.");
    return verdict;
  }

 private:
  bool all_alike() const {
    return std::all_of(e_.policies.begin(), e_.policies.end(), [&](const PolicyResult& policy) {
      const std::vector<double>& x = policy.samples[m_];
      return std::all_of(x.begin(), x.end(), [&](double value) { return value == x[0]; });
    });
  }

  std::string name(size_t i) const { return visible_text(e_.policies[i].name); }

  double mean_of(size_t i, int m) const {
    return confidence_interval(e_.policies[i].samples[m]).mean;
  }

  // Whom a reader wants it compared with, the best first: all where they are few.
  std::vector<size_t> opponents(size_t of) const {
    std::vector<size_t> chosen;
    for (size_t rank = 0; rank < heuristics_.size(); ++rank) {
      const size_t i = heuristics_[rank];
      const bool best = chosen.empty();
      if (i != of && (heuristics_.size() <= 4 || best || is_well_known(e_.policies[i].name)))
        chosen.push_back(i);
    }
    return chosen;
  }

  std::vector<std::string> about(size_t i, const std::string& role) const {
    std::vector<std::string> sentences;
    const std::string value = metric_label(metric_) + " " + value_text(metric_, mean_of(i, m_));
    if (metric_.better == MetricInfo::Better::kNeither)
      return {name(i) + ": " + value + " (neither more nor less is better)."};
    std::vector<std::string> duels;
    std::string said;  // words that the next one need not say again
    bool explained = false;
    for (const size_t other : opponents(i)) {
      std::string text = duel_text(metric_, duel(e_, m_, i, other), name(other));
      const std::string verb = text.substr(0, text.find(name(other)));
      if (const size_t at = text.find(kInterval); at != std::string::npos) {
        if (explained) text.erase(at, kInterval.size());
        explained = true;
      }
      duels.push_back(verb == said ? text.substr(verb.size()) : text);
      said = verb;
    }
    sentences.push_back(name(i) + (role.empty() ? ": " + value : role + ": " + value) +
                        (duels.empty() ? "." : ". It " + listed(duels) + "."));
    if (role.empty() && heuristics_.size() > duels.size()) sentences.push_back(count_of(i));
    if (std::string longest = longest_wait(i); !longest.empty())
      sentences.push_back(std::move(longest));
    return sentences;
  }

  // "Of 14 heuristics it beats 5, is level with 3, not told apart from 4 and loses to 2."
  std::string count_of(size_t i) const {
    int beats = 0, loses = 0, level = 0, unclear = 0, unknown = 0;
    for (const size_t h : heuristics_) {
      switch (duel(e_, m_, i, h).standing) {
        case Standing::kBeats:
          ++beats;
          break;
        case Standing::kLoses:
          ++loses;
          break;
        case Standing::kTies:
        case Standing::kSame:
          ++level;
          break;
        case Standing::kUnclear:
          ++unclear;
          break;
        case Standing::kUnknown:
          ++unknown;
          break;
      }
    }
    std::vector<std::string> parts = {"beats " + std::to_string(beats)};
    if (level > 0) parts.push_back("is level with " + std::to_string(level));
    if (unclear > 0)
      parts.push_back((level > 0 ? "not told apart from " : "is not told apart from ") +
                      std::to_string(unclear));
    if (unknown > 0) parts.push_back("cannot be compared with " + std::to_string(unknown));
    if (loses > 0) parts.push_back("loses to " + std::to_string(loses));
    return "Of " + count_text(static_cast<int64_t>(heuristics_.size()), "heuristic") + " it " +
           listed(parts) + ".";
  }

  std::string best_words() const {
    return e_.some_heuristics
               ? "the best of the " +
                     count_text(static_cast<int64_t>(heuristics_.size()), "heuristic") + " played"
               : "the best heuristic";
  }

  // A good mean may hide a job that waits for ever.
  std::string longest_wait(size_t i) const {
    const int m = e_.metric_index("wait_max_s");
    if (m < 0 || m == m_) return "";
    const std::vector<size_t> others = opponents(i);
    if (others.empty()) return "";
    const double mine = mean_of(i, m), theirs = mean_of(others[0], m);
    if (std::isnan(mine) || std::isnan(theirs)) return "";
    if (!e_.policies[i].learned && std::fabs(mine - theirs) < 0.1 * theirs) return "";
    const bool best = !heuristics_.empty() && others[0] == heuristics_[0];
    return "Its longest wait is " + value_text(e_.metrics[m], mine) + " against " +
           value_text(e_.metrics[m], theirs) + " with " + name(others[0]) +
           (best ? ", " + best_words() + "." : ".");
  }

  std::string of_each_other() const {
    const Duel first = duel(e_, m_, learned_[0], learned_[1]);
    std::string text = "Of " + std::to_string(learned_.size()) + " policies " + name(learned_[0]) +
                       " is the best: it " + duel_text(metric_, first, name(learned_[1]));
    if (!heuristics_.empty()) {
      int beats = 0;
      for (const size_t i : learned_)
        beats += duel(e_, m_, i, heuristics_[0]).standing == Standing::kBeats;
      text += "; " + std::to_string(beats) + " of them beat" + (beats == 1 ? "s " : " ") +
              name(heuristics_[0]) + ", " + best_words();
    }
    return text + ".";
  }

  std::string warning_of(size_t i) const {
    if (!e_.policies[i].heuristic.empty()) return "";  // it can learn nothing
    std::vector<std::string> worse;
    bool useless = false;  // worse than what takes no thought
    for (size_t rank = 0; rank < heuristics_.size(); ++rank) {
      const size_t h = heuristics_[rank];
      const std::string& other = e_.policies[h].name;
      const bool simple = other == "random-feasible" || other == "fifo";
      if (rank > 0 && !simple && other != "easy-backfill") continue;
      const Duel d = duel(e_, m_, i, h);
      if (d.standing != Standing::kLoses) continue;
      useless |= simple;
      const std::string size = size_text(metric_, d, true);
      worse.push_back(name(h) + (rank == 0 ? ", " + best_words() + "," : "") + " by " +
                      size.substr(0, size.find(" (")));
    }
    if (worse.empty()) return "";
    const std::string advice =
        useless ? "It has not learnt to schedule these jobs: train longer (--seconds, --steps), "
                  "with another --algo or --network, or for what is judged here (--objective)"
                : "Use " + name(heuristics_[0]) +
                      ", or train longer (--seconds, --steps), with more environments (--envs) or "
                      "another --algo";
    return name(i) + " is worse than " + listed(worse) + " (" + metric_label(metric_) + "). " +
           advice;
  }

  const Evaluation& e_;
  const int m_;
  const MetricInfo& metric_;
  std::vector<size_t> learned_, heuristics_;  // best first; one of those with the same results
};

}  // namespace

Verdict verdict_of(const Evaluation& evaluation, const std::string& metric) {
  const int index = evaluation.metric_index(metric);
  if (index < 0 || evaluation.policies.empty()) return {};
  return Teller(evaluation, index).tell();
}

Comparison compare_entries(const Evaluation& evaluation, const std::string& metric, size_t one,
                           size_t other) {
  const int m = evaluation.metric_index(metric);
  if (m < 0) return {};
  const Duel found = duel(evaluation, m, one, other);
  return {found.standing, found.gain, found.absolute,
          duel_text(evaluation.metrics[m], found, visible_text(evaluation.policies[other].name))};
}

}  // namespace cusched
