// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "agents/host_pool.h"
#include "cli/banner.h"
#include "cli/command.h"
#include "cli/comparison.h"
#include "cli/env_options.h"
#include "cli/evaluation_facts.h"
#include "cli/evaluation_table.h"
#include "cli/globs.h"
#include "cli/held_out.h"
#include "cli/interrupt.h"
#include "cli/metric_info.h"
#include "cli/output.h"
#include "cli/playing.h"
#include "cli/report/report.h"
#include "cli/trained_settings.h"
#include "cli/verdict.h"
#include "cli/wrap.h"
#include "cuda/error.h"
#include "cuda/utf8.h"
#include "envs/inputs.h"
#include "envs/json_text.h"

namespace cusched {
namespace {

constexpr double kTimingS = 0.5;  // most that a banner's estimate takes, per kind of entry

class EvalCommand : public Command {
 public:
  EvalCommand() : Command("eval", "compare policies and baselines on the same job streams") {}

  void prepare(const std::vector<std::string>& words) override {
    const EnvEntry& entry = evaluated_environment(words);
    env_ = entry.name;
    metrics_ = headline_metrics(env_);
    limited_ = env_ != "placement";  // every node is a candidate there
    OptionTable& t = options();
    t.start_group("Evaluation");
    t.add("env", &env_, "environment");
    t.add("policy", &policies_, "exported policies (.pt), or patterns: 'runs/*/policy.pt'").input();
    t.add("baselines", &baselines_, "all, none, or heuristics by name ('cusched envs' lists them)");
    t.add(
        "limited", &limited_,
        "play each baseline limited to the first K jobs too (NAME@K); said by the user, the table "
        "shows them");
    t.add("episodes", &episodes_,
          "episodes of each policy; default: windows of a trace that lie side by side, and where "
          "these are few some that overlap (2 to 32); else 32")
        .unit("count")
        .min(1)
        .max(1 << 20);
    t.add("seed", &seed_, "of the job streams; training has another default");
    t.add("device", &device_, "auto, cpu, cuda or cuda:N");
    t.add("threads", &threads_, "CPU threads; 0: all").min(0).max(4096);
    t.start_group("Output");
    t.add("metrics", &metrics_,
          "columns of the table, sorted by the first, and of the report's plots; unless said, the "
          "table has five that differ");
    t.add("quiet", &quiet_, "no banner and no progress").unsaved();
    t.add("dry-run", &dry_run_, "check and build everything, say what would be done, and stop")
        .unsaved();
    add_json_option(t, &json_, "the results");
    t.add("report", &report_, "write a self-contained HTML report").output().unsaved();
    t.add("plot", &plot_, "write the report's plots as an SVG file").output().unsaved();
    t.add("picture", &picture_,
          "write the clusters of the first episode as an SVG file (placement)")
        .output()
        .unsaved();
    t.add("schedule", &schedule_, "write every job's start time as CSV").output().unsaved();
    t.add("placements", &placements_, "write every pod's node and GPUs as CSV (placement)")
        .output()
        .unsaved();
    t.add("training", &training_,
          "metrics.csv for the report's training curve; default: beside "
          "the first policy")
        .input()
        .unsaved();
    settings_.declare(t, entry);
    add_config_options();
  }

  std::string notes() const override {
    return "With --policy, the environment is the one the first policy was trained in; flags and\n"
           "--config win over its settings, and another --preset replaces them all.\n"
           "Every policy runs the same job streams; intervals are 95 % over episodes\n"
           "(Student's t; a block bootstrap for windows of a trace that overlap or adjoin).\n"
           "Arrivals stop at the horizon and the cluster drains; what never finished counts with\n"
           "its age. Baselines see the whole queue; NAME@K is limited to K slots, as policies "
           "are.\n"
           "Example: cusched eval --policy runs/first/policy.pt --baselines all --episodes 64 "
           "--report report.html";
  }

  void before_settings(const std::vector<Setting>& settings) override {
    settings_.take(settings);
    Words files;
    for (const Setting& setting : settings)
      if (setting.option->name() == "policy") files = setting.words;
    if (!files.empty()) {
      trained_in_ = prefer_training(expand_globs(files, "--policy")[0], &settings_);
      prefer_part("held-out", &settings_);
    }
    if (settings_.text("preset") == "rlscheduler")
      metrics_ = {"bounded_slowdown", "wait_mean_s", "turnaround_mean_s",
                  "utilization_ref",  "wait_max_s",  "makespan_s"};
  }

  void validate() override {
    refuse_augmentation(settings_);
    policies_ = expand_globs(policies_, "--policy", &repeated_);
    labels_.clear();
    const std::vector<std::string> starts = split_list(settings_.text("starts"));
    if (!starts.empty()) {
      if (options().find("episodes")->was_set() && episodes_ != static_cast<int>(starts.size())) {
        throw InputError("--episodes", "differs from the number of --starts",
                         "Leave --episodes out: each start is one episode");
      }
      episodes_ = static_cast<int>(starts.size());
      labels_ = starts;
    } else {
      label_episodes();
    }
    if (policies_.empty() && (baselines_.empty() || baselines_ == Words{"none"}))
      throw InputError("--policy", "there is nothing to evaluate",
                       "Give --policy FILE.pt, --baselines NAMES, or both");
    if (!training_.empty() && report_.empty() && plot_.empty())
      throw InputError("--training", "has no effect: no plot shows the training",
                       "Leave it out, or add --report FILE or --plot FILE");
    for (const std::string& name : metrics_) {
      const auto& known = settings_.entry().metrics;
      if (std::find(known.begin(), known.end(), name) == known.end())
        throw InputError("--metrics", "there is no metric '" + name + "'",
                         "'cusched envs " + env_ + "' lists them");
    }
  }

  std::vector<KeptFile> kept_files() const override {
    std::vector<KeptFile> files;
    const auto add = [&](const std::string& owner, const std::string& path) {
      std::error_code failed;
      if (std::filesystem::exists(path, failed)) files.push_back({owner, path});
    };
    for (const EnvOption& option : settings_.entry().options)
      if (option.is_file)  // a policy's training may have named it
        for (const std::string& path : split_list(settings_.text(option.name)))
          add("--" + option.name, path);
    add("--training", training_file());
    return files;
  }

  int run() override {
    install_torch_pool();
    if (threads_ > 0) set_host_threads(threads_);
    if (!trained_in_.empty()) say_note(trained_in_);
    for (size_t i = 1; i < policies_.size(); ++i)
      if (const std::string note = trained_otherwise(policies_[i], policies_[0], settings_);
          !note.empty())
        say_note(note);
    for (const std::string& file : repeated_) say_note(file + " is named twice; it is played once");
    EvaluationSetup setup;
    setup.entry = &settings_.entry();
    setup.values = settings_.values();
    setup.episodes = episodes_;
    setup.seed = seed_;
    setup.device = parse_device(device_);
    const EvaluationProbe probe = probe_evaluation(setup);
    for (const std::string& note : probe.notes) say_note(note);
    if (!trained_in_.empty())
      for (const std::string& note :
           changed_since_training(policies_.front(), settings_, probe.inputs))
        say_note(note);
    if (settings_.text("starts").empty() && !options().find("episodes")->was_set()) {
      episodes_ = setup.episodes = default_episodes(probe.summary);
      label_episodes();
    }
    const HeldOut held = held_out(policies_, settings_, probe.summary, probe.inputs, seed_);
    for (const std::string& sentence : held.sentences) say_note(sentence);
    if (!probe.episodes.empty()) {
      if (options().find("episodes")->was_set() &&
          episodes_ > static_cast<int>(probe.episodes.size()))
        throw InputError(
            "--episodes",
            "is more than the " + std::to_string(probe.episodes.size()) + " orders that are given",
            "Leave --episodes out: each order is one episode");
      if (!options().find("episodes")->was_set())
        episodes_ = static_cast<int>(probe.episodes.size());
      labels_.assign(probe.episodes.begin(), probe.episodes.begin() + episodes_);
      setup.episodes = episodes_;
    }
    if (probe.pod_names.empty() && !(placements_.empty() && picture_.empty()))
      throw InputError(placements_.empty() ? "--picture" : "--placements",
                       "the environment " + env_ + " places no pods", "Use --env placement");
    if (!placements_.empty() && episodes_ != 1)
      throw InputError("--placements",
                       "the file holds one episode, not " + std::to_string(episodes_),
                       "Use --episodes 1, or choose one order with --order-seed");
    std::vector<Contestant> contestants = policy_contestants(policies_);
    for (Contestant& c :
         baseline_contestants(*setup.entry, baselines_, limited_, probe.shape.slots))
      contestants.push_back(std::move(c));

    const TrainingLog training = training_log();  // bad input is told before the work
    const SignalGuard guard;
    const RunFacts facts = facts_of(setup, probe, contestants);
    if (dry_run_) return tell_dry_run(facts, quiet_, json_);
    if (!quiet_) std::fputs(banner_text(facts).c_str(), stderr);
    std::vector<Schedule> schedules;
    PlayingText playing(stderr, quiet_                    ? PlayingText::Mode::kQuiet
                                : ::isatty(STDERR_FILENO) ? PlayingText::Mode::kInPlace
                                                          : PlayingText::Mode::kLines);
    Evaluation evaluation = compare(
        setup, contestants, labels_,
        [&](const std::string& name, int done, int total, int64_t steps) {
          playing.report(name, done, total, steps, now_s());
          return SignalGuard::caught() == 0;
        },
        schedule_.empty() && placements_.empty() ? nullptr : &schedules);
    playing.end();
    evaluation.headline = facts.metric;
    evaluation.pod_names = probe.pod_names;
    add_facts(settings_, setup, policies_, &evaluation);
    evaluation.held_out = held.held_out;
    for (const std::string& sentence : held.sentences)
      evaluation.facts.emplace_back("jobs", sentence);
    auto& warnings = evaluation.warnings;
    warnings.insert(warnings.end(), held.warnings.begin(), held.warnings.end());
    write(evaluation, facts, schedules, training);
    return kExitOk;
  }

 private:
  using Words = std::vector<std::string>;

  void label_episodes() {
    labels_.clear();
    for (int i = 0; i < episodes_; ++i) labels_.push_back(std::to_string(i));
  }

  static double now_s() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }

  bool metrics_were_set() const { return options().find("metrics")->was_set(); }

  RunFacts facts_of(const EvaluationSetup& setup, const EvaluationProbe& probe,
                    const std::vector<Contestant>& contestants) const {
    RunFacts facts = run_facts(settings_, probe.shape, probe.summary, setup.device, seed_);
    if (metrics_were_set() && !metrics_.empty()) facts.metric = metrics_[0];
    const auto learned = static_cast<int64_t>(policies_.size());
    const int64_t others = static_cast<int64_t>(contestants.size()) - learned;
    const std::string policies =
        grouped(learned) + (learned == 1 ? " policy" : " policies") + (others > 0 ? " and " : "");
    facts.budget = (learned > 0 ? policies : "") +
                   (others > 0 ? count_text(others, "heuristic") : "") + ", " +
                   count_text(episodes_, "episode") + " each, seed " + std::to_string(seed_);
    const PlayEstimate estimate = estimate_play(setup, contestants, kTimingS);
    facts.estimate_s = estimate.seconds;
    facts.estimate_from = estimate.from;
    return facts;
  }

  static bool any_heuristic_file(const Evaluation& evaluation) {
    return std::any_of(evaluation.policies.begin(), evaluation.policies.end(),
                       [](const PolicyResult& policy) { return !policy.heuristic.empty(); });
  }

  void tell(const Evaluation& evaluation, std::FILE* out) const {
    const MetricInfo headline = metric_info(evaluation.headline);
    const char* const good = headline.better == MetricInfo::Better::kLower    ? ", less is better"
                             : headline.better == MetricInfo::Better::kHigher ? ", more is better"
                                                                              : "";
    const std::string head =
        evaluation.env + " on " + visible_text(evaluation.workload) + ", " +
        count_text(static_cast<int64_t>(evaluation.episodes.size()), evaluation.episode_word) +
        ", the same for all; by " + metric_label(headline) + good + "; * learned" +
        (any_heuristic_file(evaluation) ? "; + a heuristic's file" : "") +
        "; ± half a 95 % interval";
    std::string text = wrapped(head);
    const bool chosen = metrics_were_set();
    text +=
        evaluation_table(evaluation, chosen ? metrics_ : table_columns(evaluation, metrics_),
                         {.limited = options().find("limited")->was_set(), .one_block = !chosen});
    const Verdict verdict = verdict_of(evaluation, evaluation.headline);
    if (!verdict.sentences.empty()) text += "\n";
    for (const std::string& sentence : verdict.sentences)
      text += wrapped(sentence, kTextWidth, "  ");
    std::fputs(text.c_str(), out);
    for (const auto* warnings : {&verdict.warnings, &evaluation.warnings})
      for (const std::string& warning : *warnings) say_warning(warning);
  }

  void write(const Evaluation& evaluation, const RunFacts& facts,
             const std::vector<Schedule>& schedules, const TrainingLog& training) const {
    const std::string pictures = picture_.empty() ? "" : picture_file(evaluation);
    if (!picture_.empty() && pictures.empty())
      throw InputError("--picture", "the log is too short to say where all pods are",
                       "Leave --log-pods out");
    std::FILE* const out = people(json_);
    tell(evaluation, out);
    // A file that cannot be written takes no other with it: the first failure is told at the end.
    std::exception_ptr failure;
    const auto attempt = [&](const char* what, const std::string& path, const auto& text) {
      if (path.empty()) return;
      try {
        write_text_file(path, text());
        std::fprintf(out, "%s: %s\n", what, path.c_str());
      } catch (const Error&) {
        if (!failure) failure = std::current_exception();
      }
    };
    try {
      nlohmann::json json = evaluation_json(evaluation);
      json["run"] = banner_json(facts);
      emit_json(json_, json);
    } catch (const Error&) {
      failure = std::current_exception();
    }
    attempt("report", report_, [&] { return html_report(evaluation, metrics_, training); });
    attempt("plot", plot_, [&] { return plot_file(evaluation, metrics_, training); });
    attempt("picture", picture_, [&] { return pictures; });
    attempt("schedule", schedule_, [&] {
      const std::string backfill = settings_.text("backfill");
      return schedule_csv(schedules, evaluation.episodes, !backfill.empty() && backfill != "none");
    });
    attempt("placements", placements_,
            [&] { return placements_csv(schedules, evaluation.pod_names); });
    if (failure) std::rethrow_exception(failure);
  }

  std::string training_file() const {
    if (!training_.empty() || policies_.empty()) return training_;
    return (std::filesystem::path(policies_[0]).parent_path() / "metrics.csv").string();
  }

  TrainingLog training_log() const {
    if (report_.empty() && plot_.empty()) return {};
    const std::string path = training_file();
    return path.empty() ? TrainingLog{} : read_training_log(path);
  }

  EnvSettings settings_;
  std::string env_, trained_in_, device_ = "auto", json_, report_, plot_, picture_, schedule_,
                                 placements_, training_;
  Words policies_, repeated_, baselines_ = {"all"}, metrics_, labels_;
  bool limited_ = true, quiet_ = false, dry_run_ = false;
  int episodes_ = 32, threads_ = 0;
  uint64_t seed_ = kEvaluationSeed;
};

}  // namespace

std::unique_ptr<Command> make_eval_command() { return std::make_unique<EvalCommand>(); }

}  // namespace cusched
