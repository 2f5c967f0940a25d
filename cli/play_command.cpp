// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "agents/logs_progress.h"
#include "cli/command.h"
#include "cli/comparison.h"
#include "cli/decision.h"
#include "cli/held_out.h"
#include "cli/interrupt.h"
#include "cli/metric_info.h"
#include "cli/output.h"
#include "cli/report/gantt.h"
#include "cli/trained_settings.h"
#include "cli/words.h"
#include "cuda/error.h"
#include "cuda/utf8.h"
#include "export/policy_bytes.h"

namespace cusched {
namespace {

class PlayCommand : public Command {
 public:
  PlayCommand() : Command("play", "one episode of a policy: a decision explained, and a picture") {}

  void prepare(const std::vector<std::string>& words) override {
    const EnvEntry& entry = evaluated_environment(words);
    env_ = entry.name;
    OptionTable& t = options();
    t.start_group("Play");
    t.add("env", &env_, "environment");
    t.add("policy", &policy_, "exported policy (.pt)").input();
    t.add("at", &at_s_,
          "moment to explain, after the window's start; default: the first with the most choices")
        .unit("s")
        .min(0);
    t.add("against", &against_, "heuristic beside the policy; best: the best one on this episode");
    t.add("episode", &episode_, "which of the episodes").min(0);
    t.add("episodes", &episodes_, "of the evaluation that it is one of; default: as eval has")
        .min(1)
        .max(1 << 20);
    t.add("seed", &seed_, "of the job streams, as in eval");
    t.start_group("Output");
    t.add("gantt", &gantt_, "write the episode, policy and heuristic side by side, as an SVG file")
        .output()
        .unsaved();
    add_json_option(t, &json_, "decision and episode");
    settings_.declare(t, entry);
    add_config_options();
  }

  std::string notes() const override {
    return "Plays the episode that `cusched eval` with the same options plays, on the CPU.\n"
           "Example: cusched play --policy runs/mine/policy.pt --at 3h --gantt episode.svg";
  }

  void before_settings(const std::vector<Setting>& settings) override {
    settings_.take(settings);
    const std::string file = setting_word(settings, "policy", "");
    if (file.empty()) return;
    trained_in_ = prefer_training(file, &settings_);
    prefer_part("held-out", &settings_);
  }

  void validate() override {
    refuse_augmentation(settings_);
    if (policy_.empty())
      throw InputError("--policy", "is missing: there is nothing to play", "Give --policy FILE.pt");
  }

  int run() override {
    if (!trained_in_.empty()) say_note(trained_in_);
    const SignalGuard guard;
    const TorchscriptModel model(policy_, read_policy_bytes(policy_), Device{});
    EvaluationSetup setup;
    setup.entry = &settings_.entry();
    setup.values = settings_.values();
    setup.episodes = episodes_;
    setup.seed = seed_;
    const EvaluationProbe probe = probe_evaluation(setup);
    for (const std::string& note : probe.notes) say_note(note);
    if (!options().find("episodes")->was_set())
      setup.episodes = settings_.text("starts").empty()
                           ? default_episodes(probe.summary)
                           : static_cast<int>(split_list(settings_.text("starts")).size());
    if (episode_ >= setup.episodes)
      throw InputError("--episode",
                       "is " + std::to_string(episode_) + ", but the last one is " +
                           std::to_string(setup.episodes - 1),
                       "Episodes are counted from 0; --episodes says how many there are");
    const HeldOut held = held_out({policy_}, settings_, probe.summary, probe.inputs, seed_);
    for (const std::string& sentence : held.sentences) say_note(sentence);
    for (const std::string& warning : held.warnings) say_warning(warning);
    int lane = episode_;
    if (settings_.text("trace").empty()) {  // windows of a trace are dealt among all episodes
      setup.episodes = 1;
      setup.first_episode = std::exchange(lane, 0);
    }
    const int named = against_ == "best" ? -1 : heuristic_named(against_);

    const PlayedEpisode played = play_episode(setup, lane, model);
    stop_if_interrupted();
    const Decision decision = decide_at(setup, lane, model, step_to_explain(played.decisions));
    stop_if_interrupted();
    std::string rival;
    const PlayedEpisode other = rival_episode(setup, lane, named, &rival);

    const std::string name = policy_contestants({policy_})[0].name;
    std::FILE* const out = people(json_);
    std::fputs(decision_text(decision, name).c_str(), out);
    std::fprintf(out, "\nThe whole episode: %s mean wait %s; %s %s\n", visible_text(name).c_str(),
                 wait_text(played).c_str(), rival.c_str(), wait_text(other).c_str());
    emit_json(json_, {{"env", env_},
                      {"episode", episode_},
                      {"policy", name},
                      {"decision", decision_json(decision)},
                      {"against", rival},
                      {"metrics", {{name, metrics_json(played)}, {rival, metrics_json(other)}}}});
    if (!gantt_.empty()) {
      write_text_file(gantt_, gantt_file({{name + ": mean wait " + wait_text(played), played.jobs},
                                          {rival + ": mean wait " + wait_text(other), other.jobs}},
                                         decision.queue.now_s));
      std::fprintf(out, "gantt: %s\n", gantt_.c_str());
    }
    return kExitOk;
  }

 private:
  int heuristic_named(const std::string& name) const {
    const std::vector<std::string>& all = settings_.entry().heuristics;
    const auto found = std::find(all.begin(), all.end(), name);
    if (found != all.end()) return static_cast<int>(found - all.begin());
    const std::string closest = closest_word(name, all);
    throw InputError("--against", "there is no heuristic '" + name + "'",
                     closest.empty() ? "Choose best, or one of " + join_words(all, ", ")
                                     : "Did you mean '" + closest + "'?");
  }
  static double metric(const PlayedEpisode& played, const std::string& name) {
    const auto& names = played.metrics.names;
    const auto found = std::find(names.begin(), names.end(), name);
    return played.metrics.values.at(static_cast<size_t>(found - names.begin()));
  }
  static std::string wait_text(const PlayedEpisode& played) {
    return short_time(metric(played, "wait_mean_s"));
  }
  static nlohmann::json metrics_json(const PlayedEpisode& played) {
    nlohmann::json json = nlohmann::json::object();
    for (size_t i = 0; i < played.metrics.names.size(); ++i)
      json[played.metrics.names[i]] = played.metrics.values[i];
    return json;
  }

  // The first decision at or after --at, else the first with the most choices.
  int64_t step_to_explain(const std::vector<DecisionPoint>& decisions) const {
    if (decisions.empty())
      throw InputError("--policy", "in this episode nothing can ever be decided",
                       "Try another --episode or --seed");
    if (!options().find("at")->was_set())
      return std::max_element(decisions.begin(), decisions.end(),
                              [](const auto& a, const auto& b) { return a.choices < b.choices; })
          ->step;
    for (const DecisionPoint& point : decisions)
      if (point.now_s >= at_s_) return point.step;
    throw InputError("--at", "is after the last decision, at " + short_time(decisions.back().now_s),
                     "Use an earlier time; it counts from the window's start");
  }

  // The heuristic's episode; where none is named, the best by mean wait.
  PlayedEpisode rival_episode(const EvaluationSetup& setup, int lane, int named,
                              std::string* name) const {
    PlayedEpisode best;
    for (int h = 0; h < static_cast<int>(setup.entry->heuristics.size()); ++h) {
      if (named >= 0 && h != named) continue;
      stop_if_interrupted();
      PlayedEpisode played = play_episode(setup, lane, h);
      if (!name->empty() && metric(played, "wait_mean_s") >= metric(best, "wait_mean_s")) continue;
      *name = setup.entry->heuristics[static_cast<size_t>(h)];
      best = std::move(played);
    }
    return best;
  }

  EnvSettings settings_;
  std::string env_, policy_, against_ = "best", gantt_, json_, trained_in_;
  double at_s_ = 0;
  int episode_ = 0, episodes_ = 32;
  uint64_t seed_ = kEvaluationSeed;
};

}  // namespace

std::unique_ptr<Command> make_play_command() { return std::make_unique<PlayCommand>(); }

}  // namespace cusched
