// SPDX-License-Identifier: MIT
#include "cli/selection.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "agents/network_registry.h"
#include "cli/interrupt.h"
#include "cli/metric_info.h"
#include "cli/output.h"
#include "cli/statistics.h"
#include "cli/words.h"
#include "cuda/error.h"
#include "envs/json_text.h"
#include "export/torchscript_policy.h"

namespace cusched {

void SelectionOptions::declare(OptionTable& t, const std::string& env) {
  metric = selection_metric(env);
  t.start_group("Which policy is kept");
  t.add("select-episodes", &episodes,
        "episodes that choose among members and moments; 0: no choice")
      .min(0)
      .max(1 << 20);
  t.add("select-every", &every_s, "training time between two looks; 0: at the end only")
      .unit("s")
      .min(0);
  t.add("select-metric", &metric, "what counts");
  t.add("select-seed", &seed, "of the episodes that choose");
  t.add("select-set", &settings, "environment settings while choosing, NAME=VALUE");
}

std::vector<std::string> SelectionOptions::idle_options(const OptionTable& table,
                                                        int members) const {
  const bool one = members == 1 && every_s == 0;
  if (episodes > 0 && !one) return {};
  std::vector<std::string> notes;
  for (const char* name :
       {"select-episodes", "select-every", "select-metric", "select-seed", "select-set"}) {
    const Option& option = table.get(name, name);
    // Without episodes, these say themselves that nothing is chosen.
    if (!is_changed(option) || (episodes == 0 && option.name() == "select-episodes")) continue;
    notes.push_back("--" + option.name() + " has no effect: " +
                    (episodes == 0 ? "select-episodes is 0"
                                   : "one member without select-every leaves no choice"));
  }
  return notes;
}

namespace {

BatchShape training_shape(const TrainSetup& setup) {
  return probe_evaluation({&setup.settings.entry(), setup.settings.values(), 1, 1, Device{}}).shape;
}

}  // namespace

Selector::Selector(const TrainSetup& setup, const OptionTable& table,
                   const SelectionOptions& options, const Device& device, const std::string& path,
                   bool resume)
    : setup_(setup), table_(table), options_(options), path_(path) {
  const EnvEntry& entry = setup.settings.entry();
  if (std::find(entry.metrics.begin(), entry.metrics.end(), options.metric) == entry.metrics.end())
    throw InputError("--select-metric", "there is no metric '" + options.metric + "'",
                     "'cusched envs " + entry.name + "' lists them");
  lower_ = metric_info(options.metric).better != MetricInfo::Better::kHigher;
  evaluation_ = {&entry, setup.settings.values(), std::max(1, options.episodes), options.seed,
                 device};
  for (const std::string& text : options.settings) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      throw InputError("--select-set", "'" + text + "' is not NAME=VALUE",
                       "For example --select-set load=0.9");
    evaluation_.values.push_back({text.substr(0, equals), text.substr(equals + 1), "--select-set"});
  }
  if (options.episodes > 0) {  // bad settings are told now
    const BatchShape trained = training_shape(setup);
    shape_ = probe_evaluation(evaluation_).shape;
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
    if (chosen.is_object() && chosen.value("metric", "") == options.metric &&
        chosen.contains("mean") && chosen["mean"].is_number()) {
      best_ = chosen["mean"];
      any_ = true;
    }
  }
}

bool Selector::better(double value) const {
  if (std::isnan(value)) return false;
  return !any_ || (lower_ ? value < best_ : value > best_);
}

void Selector::consider(Trainer& trainer, const TrainReport& report,
                        const std::vector<int>& diverged) {
  if (options_.every_s > 0 && report.seconds - last_look_s_ >= options_.every_s)
    look(trainer, report, diverged, /*at_end=*/false, /*signals=*/0);
}

void Selector::finish(Trainer& trainer, const TrainReport& report, const std::vector<int>& diverged,
                      int signals) {
  look(trainer, report, diverged, /*at_end=*/true, signals);
}

void Selector::look(Trainer& trainer, const TrainReport& report, const std::vector<int>& diverged,
                    bool at_end, int signals) {
  last_look_s_ = report.seconds;
  const bool any_before = any_;
  const double best_before = best_;
  // A policy that cannot be written ends a training only at its end.
  const auto save = [&](int member, const PolicyWeights& weights, const std::string& evaluation,
                        const std::string& chosen_by) {
    const std::string training =
        training_json(setup_, table_, member, report.steps, report.seconds);
    try {
      const std::string verified = export_member(setup_, weights, training, evaluation, path_);
      summary_ = "member " + std::to_string(member) + ", verified on " + verified + chosen_by;
      failed_ = false;
    } catch (const Error& error) {
      if (at_end) throw;
      any_ = any_before;
      best_ = best_before;
      if (!failed_)
        say_warning(std::string("policy not written: ") + error.what() + "; the training goes on");
      failed_ = true;
    }
  };
  const auto is_diverged = [&](int member) {
    return std::find(diverged.begin(), diverged.end(), member) != diverged.end();
  };
  // Nothing to choose from, or no choice wanted.
  if (options_.episodes == 0 || (setup_.members == 1 && options_.every_s == 0)) {
    if (!is_diverged(0)) save(0, trainer.policy(0), "", "");
    return;
  }
  int chosen = -1, first = -1;
  Interval chosen_value;
  PolicyWeights chosen_weights;
  bool interrupted = false;
  for (int member = 0; member < setup_.members && !interrupted; ++member) {
    if (is_diverged(member)) continue;
    if (first < 0) first = member;
    PolicyWeights weights = trainer.policy(member);
    PolicyWeights played_weights = weights;
    played_weights.shape.slots = shape_.slots;  // K of the episodes that choose
    const std::unique_ptr<Policy> policy = make_policy(played_weights, evaluation_.device);
    PlayedEpisodes played;
    try {
      played = play_policy(evaluation_, *policy,
                           [&](int64_t) { return SignalGuard::count() == signals; });
    } catch (const Interrupted&) {
      interrupted = true;
      continue;
    }
    const auto& names = played.metrics.names;
    const size_t column = std::find(names.begin(), names.end(), options_.metric) - names.begin();
    std::vector<double> samples;
    for (size_t e = 0; e < played.metrics.values.size() / names.size(); ++e)
      samples.push_back(played.metrics.values[e * names.size() + column]);
    const Interval value = confidence_interval(samples);
    if (!better(value.mean)) continue;
    any_ = true;
    best_ = value.mean;
    chosen = member;
    chosen_value = value;
    chosen_weights = std::move(weights);
  }
  // The best so far; where nothing was seen to its end, some policy is better than none.
  if (at_end && interrupted && !any_ && first >= 0) {
    save(first, trainer.policy(first), "", "; the choice among members was interrupted");
  }
  if (chosen < 0) return;
  const auto number = [](double x) {
    return std::isfinite(x) ? nlohmann::json(x) : nlohmann::json(nullptr);
  };
  const nlohmann::json evaluation = {{"metric", options_.metric},
                                     {"mean", number(chosen_value.mean)},
                                     {"ci95", {number(chosen_value.lo), number(chosen_value.hi)}},
                                     {"episodes", options_.episodes},
                                     {"seed", options_.seed},
                                     {"settings", options_.settings}};
  save(chosen, chosen_weights, json_text(evaluation),
       "; " + options_.metric + " " + short_number(chosen_value.mean) + " on " +
           std::to_string(options_.episodes) + " selection episodes");
}

}  // namespace cusched
