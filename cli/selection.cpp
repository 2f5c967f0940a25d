// SPDX-License-Identifier: MIT
#include "cli/selection.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "agents/network_registry.h"
#include "cli/held_out.h"
#include "cli/interrupt.h"
#include "cli/look_budget.h"
#include "cli/member_values.h"
#include "cli/metric_info.h"
#include "cli/output.h"
#include "cli/statistics.h"
#include "cli/words.h"
#include "cuda/error.h"
#include "envs/inputs.h"
#include "envs/json_text.h"
#include "envs/readers/units.h"
#include "export/torchscript_policy.h"

namespace cusched {
namespace {

constexpr double kAutoShare = 0.1;  // of the training, between two looks
// Before the first look its cost is a guess: trainings of a few seconds have none.
constexpr double kFirstCost_s = 1.0, kFirstCostOfMember_s = 0.25;
constexpr int kFewMembers = 4;  // that may be looked at before anything is learnt
// A training that is known to take this long begins with a look.
constexpr double kLongTraining_s = 60;
constexpr double kNoDeadline = std::numeric_limits<double>::infinity();

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

BatchShape training_shape(const TrainSetup& setup) {
  return probe_evaluation({&setup.settings.entry(), setup.member_values(0), 1, 1, Device{}}).shape;
}

nlohmann::json finite(double x) { return std::isfinite(x) ? nlohmann::json(x) : nlohmann::json(); }

std::string column_of(std::string heuristic) {
  std::replace(heuristic.begin(), heuristic.end(), '-', '_');
  return kLookPrefix + heuristic;
}

}  // namespace

bool SelectionOptions::plays_other_jobs() const {
  return std::any_of(settings.begin(), settings.end(), [](const std::string& text) {
    const std::string name = text.substr(0, text.find('='));
    return name == "trace" || name == "nodes" || name == "oversize";
  });
}

void SelectionOptions::declare(OptionTable& t) {
  t.start_group("Looks at the policy, and which one is kept");
  t.add("select-every", &every,
        "between two looks: auto, a share of the training (10%) or a training time (30s); 0: at "
        "the end only");
  t.add("select-episodes", &episodes,
        "episodes of a look, which choose among members and moments; 0: no choice")
      .min(0)
      .max(1 << 20);
  t.add("patience", &patience, "looks without a better policy that end the training; 0: none do")
      .unit("looks")
      .min(0);
  t.add("select-metric", &metric, "what counts; auto: the objective's metric");
  t.add("select-seed", &seed, "of the episodes that choose");
  t.add("select-set", &settings, "environment settings while choosing, NAME=VALUE");
}

LookTimes SelectionOptions::times(double seconds) const {
  if (every == "auto") return {kAutoShare, 0, seconds >= kLongTraining_s};
  double number = 0;
  if (every.ends_with("%")) {
    if (parse_real(every.substr(0, every.size() - 1), &number) && number > 0 && number <= 100)
      return {number / 100, 0, true};
  } else if (const std::optional<double> time = parse_duration(every); time && *time >= 0) {
    return {0, *time, *time > 0};
  }
  throw InputError("--select-every", "'" + every + "' is no time and no share",
                   "Give auto, a share of the training such as 10%, a time such as 30s, or 0");
}

std::vector<std::string> SelectionOptions::idle_options(const OptionTable& table,
                                                        int members) const {
  std::vector<std::string> notes;
  for (const char* name : {"select-episodes", "select-every", "patience", "select-metric",
                           "select-seed", "select-set"}) {
    const Option& option = table.get(name, name);
    if (!is_changed(option)) continue;
    const bool chooses = option.name() != "patience";
    // These say themselves that nothing is chosen, or when.
    if (episodes == 0 && option.name() == "select-episodes") continue;
    if (looks() || (chooses && episodes > 0 && (members > 1 || option.name() == "select-every")))
      continue;
    notes.push_back("--" + option.name() + " has no effect: " +
                    (episodes == 0 ? "select-episodes is 0"
                     : chooses     ? "one member without select-every leaves no choice"
                                   : "select-every is 0, so nothing is looked at before the end"));
  }
  return notes;
}

Selector::Selector(const TrainSetup& setup, const OptionTable& table,
                   const SelectionOptions& options, const WorkloadSummary& trained_on,
                   const Device& device, const std::string& path, bool resume, double seconds)
    : setup_(setup), table_(table), options_(options), path_(path), seconds_(seconds) {
  const EnvEntry& entry = setup.settings.entry();
  metric_ = options.metric == "auto" ? objective_of(entry, setup.settings.values()).metric
                                     : options.metric;
  if (std::find(entry.metrics.begin(), entry.metrics.end(), metric_) == entry.metrics.end())
    throw InputError("--select-metric", "there is no metric '" + metric_ + "'",
                     "'cusched envs " + entry.name + "' lists them");
  options.times(0);  // a bad --select-every is told now
  lower_ = metric_info(metric_).better != MetricInfo::Better::kHigher;
  evaluation_ = {&entry, setup.settings.values(), std::max(1, options.episodes), options.seed,
                 device};
  if (trained_on.part == "train") {
    part_ = "validation";
    evaluation_.values.push_back({"part", part_, "the part that chooses"});
  }
  for (const std::string& text : options.settings) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      throw InputError("--select-set", "'" + text + "' is not NAME=VALUE",
                       "For example --select-set load=0.9");
    evaluation_.values.push_back({text.substr(0, equals), text.substr(equals + 1), "--select-set"});
  }
  refuse_different_looks();
  evaluation_.values = values_of_member(entry, std::move(evaluation_.values), 0, setup.members);
  if (options.episodes > 0) {  // bad settings are told now
    const BatchShape trained = training_shape(setup);
    const EvaluationProbe probe = probe_evaluation(evaluation_);
    shape_ = probe.shape;
    refuse_judging_jobs("--select-set", trained_on, setup.inputs, probe.summary, probe.inputs);
    if (!probe.episodes.empty())  // those of the settings are all there are
      evaluation_.episodes =
          std::min(evaluation_.episodes, static_cast<int>(probe.episodes.size()));
    const bool fits = shape_.globals == trained.globals &&
                      shape_.slot_features == trained.slot_features &&
                      (shape_.slots == trained.slots || takes_any_slots(setup.learner.network));
    if (!fits)
      throw InputError("--select-set",
                       "the policy would see " + std::to_string(shape_.obs()) +
                           " numbers while choosing, but " + std::to_string(trained.obs()) +
                           " in training",
                       "Leave slots and features as they are (some networks take any slots)");
  }
  if (resume && std::filesystem::exists(path)) {
    const auto json = nlohmann::json::parse(read_policy_schema(path).json, nullptr, false);
    const auto chosen =
        json.is_object() && json.contains("evaluation") ? json["evaluation"] : nlohmann::json();
    if (chosen.is_object() && chosen.value("metric", "") == metric_ && chosen.contains("mean") &&
        chosen["mean"].is_number()) {
      best_ = chosen["mean"];
      any_ = true;
    }
  }
}

// Members that learn under settings of their own are chosen among, and compared with heuristics,
// under the same ones only.
void Selector::refuse_different_looks() const {
  if (options_.episodes == 0) return;
  const EnvValue* const differs =
      find_difference(*evaluation_.entry, evaluation_.values, setup_.members);
  if (differs == nullptr) return;
  const std::string one = differs->value.substr(0, differs->value.find(','));
  throw InputError(differs->where,
                   differs->name + " differs between members (" + differs->value +
                       "): what chooses among them needs one value for all",
                   "Give it, e.g. --select-set " + differs->name + "=" + one +
                       ", or keep member 0 without a choice: --select-episodes 0");
}

std::vector<std::string> Selector::columns() const {
  if (!options_.looks()) return {};
  std::vector<std::string> columns = {kLookPrefix + metric_,
                                      std::string(kLookPrefix) + "vs_best_heuristic",
                                      std::string(kLookPrefix) + "best_heuristic"};
  for (const std::string& name : known_heuristics(evaluation_.entry->heuristics))
    columns.push_back(column_of(name));
  return columns;
}

bool Selector::better(double value) const {
  if (std::isnan(value)) return false;
  return !any_ || (lower_ ? value < best_ : value > best_);
}

double Selector::look_cost_s() const {
  if (last_cost_s_ >= 0) return last_cost_s_;
  return std::max(kFirstCost_s + kFirstCostOfMember_s * setup_.members,
                  dearest_heuristic_s_ * setup_.members);
}

// Whether a look is worth its time (look_budget.h), which only `auto` asks.
bool Selector::is_worth(const TrainReport& report, double done) const {
  if (report.iteration == 0)
    return setup_.members <= kFewMembers &&
           (!has_budget() || affords_first_look({seconds_, heuristics_s_, look_cost_s()}));
  if (options_.every != "auto") return true;
  if (done >= 1 && (any_ || setup_.members > 1)) return true;  // there is something to choose from
  if (!(done > 0)) return false;
  const LookCosts costs = {has_budget() ? seconds_ : report.seconds / done, spent_s_,
                           look_cost_s()};
  return affords_look(costs, done) || (done >= 1 && has_budget() && affords_last_look(costs));
}

void Selector::play_heuristics() {
  if (heuristics_played_) return;
  const double begin_s = now_s();
  double one_begin_s = begin_s;
  std::string playing;
  const auto affords = [&](const std::string& name) {
    if (name != playing) one_begin_s = now_s();
    playing = name;
    dearest_heuristic_s_ = std::max(dearest_heuristic_s_, now_s() - one_begin_s);
    return now_s() - begin_s < kHeuristicsShare * seconds_;
  };
  heuristics_ = score_heuristics(
      evaluation_, metric_, [](int64_t) { return SignalGuard::count() == 0; },
      has_budget() ? std::function<bool(const std::string&)>(affords) : nullptr);
  heuristics_played_ = true;
  (has_budget() ? heuristics_s_ : spent_s_) += now_s() - begin_s;
}

bool Selector::look(Trainer& trainer, TrainReport& report, double done,
                    const std::vector<int>& diverged,
                    const std::function<void(const std::string&)>& say) {
  if (!options_.looks() || broken_) return true;
  if (!is_worth(report, done)) {
    ++left_out_;
    return true;
  }
  const bool any_before = any_;
  const double best_before = best_;
  try {
    play_heuristics();
    if (report.iteration == 0 && !is_worth(report, done)) {  // what heuristics took is known now
      ++left_out_;
      return true;
    }
    const double begin_s = now_s();
    double deadline_s = kNoDeadline;
    if (has_budget() && done < 1)
      deadline_s = begin_s + (report.iteration == 0
                                  ? kHeuristicsShare * seconds_ - heuristics_s_
                                  : kLooksShare * seconds_ * std::max(done, 0.5) - spent_s_);
    // What has learnt nothing is there to compare with, not to be kept.
    choose(trainer, report, diverged, /*keep=*/report.iteration > 0, /*at_end=*/false, 0,
           deadline_s);
    last_cost_s_ = now_s() - begin_s;
    spent_s_ += last_cost_s_;
  } catch (const Interrupted&) {
    return true;
  } catch (const Error& error) {
    broken_ = true;
    say_warning(std::string("the policy cannot be looked at: ") + error.what() +
                "; the training goes on without looks");
    return true;
  }
  if (looked_at_ != report.iteration) {  // a signal or its deadline ended it
    if (SignalGuard::count() == 0) ++left_out_;
    return true;
  }
  fill(&report);
  const bool improved = any_ && (!any_before || best_ != best_before);
  if (say) say(line(improved, report.members));
  if (report.iteration == 0) return true;
  without_better_ = improved ? 0 : without_better_ + 1;
  gave_up_ = options_.patience > 0 && without_better_ >= options_.patience && done < 1;
  return !gave_up_;
}

void Selector::fill(TrainReport* report) const {
  for (int p = 0; p < report->members; ++p) {
    const double value = member_values_.at(p);
    report->set(kLookPrefix + metric_, p, value);
    const double best = heuristics_.empty() ? std::nan("") : heuristics_[0].value;
    report->set(std::string(kLookPrefix) + "best_heuristic", p, best);
    if (best != 0) report->set(std::string(kLookPrefix) + "vs_best_heuristic", p, value / best - 1);
    for (const std::string& name : known_heuristics(evaluation_.entry->heuristics))
      for (const HeuristicScore& score : heuristics_)
        if (score.name == name) report->set(column_of(name), p, score.value);
  }
}

// At most 79 columns: what is shown again in every line goes first.
std::string Selector::line(bool improved, int members) const {
  const MetricInfo metric = metric_info(metric_);
  int best = -1;
  for (int p = 0; p < members; ++p) {
    const double value = member_values_[p];
    if (std::isnan(value)) continue;
    if (best < 0 || (lower_ ? value < member_values_[best] : value > member_values_[best]))
      best = p;
  }
  if (best < 0) return "eval  every member has diverged";
  std::string policy =
      "eval  " + metric_label(metric) + " " + value_text(metric, member_values_[best]);
  if (members > 1) policy += " (member " + std::to_string(best) + ")";
  std::string heuristic, random;
  if (!heuristics_.empty() && !std::isnan(heuristics_[0].value)) {
    heuristic = heuristics_[0].name + " " + value_text(metric, heuristics_[0].value);
    char apart[32];
    std::snprintf(apart, sizeof apart, " (%+.0f %%)",
                  100 * (member_values_[best] / heuristics_[0].value - 1));
    if (heuristics_[0].value != 0) heuristic += apart;
  }
  for (const HeuristicScore& score : heuristics_)
    if (score.name == "random-feasible")
      random = "  random-feasible " + value_text(metric, score.value);
  const std::string tail = improved ? "  best so far" : "";
  constexpr size_t kColumns = 79;
  const std::string of = heuristics_.size() == evaluation_.entry->rules().size()
                             ? "  best heuristic "
                             : "  best of " + count_text(heuristics_.size(), "heuristic") + " ";
  for (const auto& [title, last] :
       {std::pair{of, random}, {std::string("  "), random}, {of, std::string()}}) {
    const std::string text = policy + (heuristic.empty() ? "" : title + heuristic) + last + tail;
    if (text.size() <= kColumns) return text;
  }
  return policy + (heuristic.empty() ? "" : "  " + heuristic) + tail;
}

void Selector::finish(Trainer& trainer, const TrainReport& report, const std::vector<int>& diverged,
                      int signals) {
  if (looked_at_ == report.iteration && !failed_ && any_) return;
  choose(trainer, report, diverged, /*keep=*/true, /*at_end=*/true, signals, kNoDeadline);
}

// A policy that cannot be written ends a training only at its end. True where it was written.
bool Selector::save(const TrainReport& report, int member, const PolicyWeights& weights,
                    const std::string& evaluation, const std::string& chosen_by, bool at_end) {
  const std::string training = training_json(setup_, table_, member, report.steps, report.seconds);
  try {
    const std::string verified =
        export_member(setup_, member, weights, training, evaluation, path_);
    summary_ = "member " + std::to_string(member) + ", verified on " + verified + chosen_by;
    failed_ = false;
    return true;
  } catch (const Error& error) {
    if (at_end) throw;
    if (!failed_)
      say_warning(std::string("policy not written: ") + error.what() + "; the training goes on");
    failed_ = true;
    return false;
  }
}

void Selector::choose(Trainer& trainer, const TrainReport& report, const std::vector<int>& diverged,
                      bool keep, bool at_end, int signals, double deadline_s) {
  const bool any_before = any_;
  const double best_before = best_;
  const auto is_diverged = [&](int member) {
    return std::find(diverged.begin(), diverged.end(), member) != diverged.end();
  };
  // Nothing to choose from, or no choice wanted.
  if (at_end && (options_.episodes == 0 || (setup_.members == 1 && (!any_ || !options_.looks())))) {
    if (!is_diverged(0)) save(report, 0, trainer.policy(0), "", "", at_end);
    return;
  }
  int chosen = -1, first = -1;
  Interval chosen_value;
  PolicyWeights chosen_weights;
  bool interrupted = false;
  member_values_.assign(static_cast<size_t>(setup_.members), std::nan(""));
  for (int member = 0; member < setup_.members && !interrupted; ++member) {
    if (is_diverged(member)) continue;
    if (first < 0) first = member;
    PolicyWeights weights = trainer.policy(member);
    PolicyWeights played_weights = weights;
    played_weights.shape.slots = shape_.slots;  // K of the episodes that choose
    const std::unique_ptr<Policy> policy = make_policy(played_weights, evaluation_.device);
    PlayedEpisodes played;
    try {
      played = play_policy(evaluation_, *policy, [&](int64_t) {
        return SignalGuard::count() == signals && now_s() < deadline_s;
      });
    } catch (const Interrupted&) {
      interrupted = true;
      continue;
    }
    const Interval value = confidence_interval(metric_samples(played.metrics, metric_));
    member_values_[member] = value.mean;
    if (!keep || !better(value.mean)) continue;
    any_ = true;
    best_ = value.mean;
    chosen = member;
    chosen_value = value;
    chosen_weights = std::move(weights);
  }
  if (!interrupted) looked_at_ = report.iteration;
  // The best so far; where nothing was seen to its end, some policy is better than none.
  if (at_end && interrupted && !any_ && first >= 0) {
    save(report, first, trainer.policy(first), "", "; the choice among members was interrupted",
         at_end);
  }
  if (chosen < 0) return;
  nlohmann::json evaluation = {{"metric", metric_},
                               {"mean", finite(chosen_value.mean)},
                               {"ci95", {finite(chosen_value.lo), finite(chosen_value.hi)}},
                               {"episodes", evaluation_.episodes},
                               {"seed", options_.seed},
                               {"settings", options_.settings}};
  if (!part_.empty()) evaluation["part"] = part_;
  for (const HeuristicScore& score : heuristics_)
    evaluation["heuristics"][score.name] = finite(score.value);
  if (!save(report, chosen, chosen_weights, json_text(evaluation),
            "; " + metric_ + " " + short_number(chosen_value.mean) + " on " +
                std::to_string(evaluation_.episodes) + " selection episodes",
            at_end)) {
    any_ = any_before;
    best_ = best_before;
  }
}

std::vector<std::string> Selector::notes() const {
  std::vector<std::string> notes;
  if (gave_up_)
    notes.push_back("the training ended early: " + count_text(without_better_, "look") +
                    " without a better policy (--patience " + std::to_string(options_.patience) +
                    ")");
  if (left_out_ > 0)
    notes.push_back((looked_at_ < 0 ? "there was no look at the policy: a look"
                                    : count_text(left_out_, "look") + " at the policy left out: " +
                                          (left_out_ == 1 ? "it" : "they")) +
                    " would have taken more than a tenth of the time (--select-episodes, "
                    "--select-every)");
  std::string left_out;
  for (const std::string& name : evaluation_.entry->rules())
    if (std::none_of(heuristics_.begin(), heuristics_.end(),
                     [&](const HeuristicScore& score) { return score.name == name; }))
      left_out += (left_out.empty() ? "" : ", ") + name;
  if (heuristics_played_ && !left_out.empty())
    notes.push_back("looks went without these heuristics, for lack of time: " + left_out);
  return notes;
}

}  // namespace cusched
