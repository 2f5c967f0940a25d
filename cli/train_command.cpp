// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "agents/host_pool.h"
#include "agents/logs_progress.h"
#include "agents/signals.h"
#include "agents/training.h"
#include "build_info.h"
#include "cli/banner.h"
#include "cli/champion.h"
#include "cli/command.h"
#include "cli/early_words.h"
#include "cli/env_options.h"
#include "cli/interrupt.h"
#include "cli/iteration_size.h"
#include "cli/member_table.h"
#include "cli/metric_info.h"
#include "cli/output.h"
#include "cli/report/report.h"
#include "cli/resume_check.h"
#include "cli/run_folder.h"
#include "cli/selection.h"
#include "cli/train_setup.h"
#include "cli/train_start.h"
#include "cli/train_verdict.h"
#include "cuda/error.h"
#include "cuda/stream.h"
#include "cuda/utf8.h"
#include "envs/json_text.h"

namespace cusched {
namespace {

// Everything was accepted, and --dry-run wants no more.
struct DryRun {};

class TrainCommand : public Command {
 public:
  TrainCommand() : Command("train", "train a policy, or a population of them") {}

  void prepare(const std::vector<std::string>& words) override {
    guard_.emplace();
    OptionTable& t = options();
    setup_.declare(t, environment_of(words), algorithm_of(words));
    t.start_group("Run");
    t.add("steps", &steps_, "environment steps per member; 0: --seconds ends the training")
        .unit("steps")
        .min(0);
    t.add("seconds", &seconds_, "wall-clock time of the training; 0: --steps ends it")
        .unit("s")
        .min(0);
    t.add("device", &device_, "auto, cpu, cuda or cuda:N");
    t.add("threads", &threads_, "CPU threads; 0: all").min(0).max(4096);
    t.add("out", &out_,
          "folder for policy.pt, report.html, checkpoint, metrics.csv, config.yaml and events/")
        .type("DIR");
    t.add("resume", &resume_, "continue from OUT/checkpoint with OUT/config.yaml").unsaved();
    t.add("checkpoint-every", &checkpoint_every_s_, "time between two checkpoints; 0: at the end")
        .unit("s")
        .min(0);
    t.add("report-every", &report_every_s_, "time between two rows of metrics.csv")
        .unit("s")
        .min(0);
    t.add("quiet", &quiet_, "no banner and no progress").unsaved();
    t.add("dry-run", &dry_run_, "check and build everything, say what would be done, and stop")
        .unsaved();
    add_json_option(t, &json_, "the result (to stdout: progress too, an object a line)");
    selection_.declare(t);
    t.add("verdict", &verdict_,
          "at the end, judge the policy beside heuristics, on held-out jobs where there are any, "
          "and "
          "say which one to deploy")
        .unsaved();
    add_config_options();
  }

  std::string notes() const override {
    return "Interrupted (Ctrl-C, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU), a training saves a\n"
           "checkpoint and its policy; --resume goes on. --steps and --seconds count the whole "
           "run.\n"
           "Example: cusched train --env admission --seconds 110 --out runs/first";
  }

  std::string implied_config(const std::vector<Setting>& flags) const override {
    if (setting_word(flags, "resume", "false") != "true") return "";
    const std::string path = setting_word(flags, "out", out_) + "/config.yaml";
    std::ifstream file(path);
    if (!file) return "";
    std::ostringstream text;
    text << file.rdbuf();
    const std::string env = yaml_word(text.str(), "env");
    if (!env.empty() && env != setup_.settings.entry().name)
      throw InputError("--env",
                       "the run in " + setting_word(flags, "out", out_) + " was made with --env " +
                           env + ", not " + setup_.settings.entry().name,
                       "Leave --env out, or train in another folder");
    return path;
  }

  void before_settings(const std::vector<Setting>& settings) override {
    setup_.before_settings(options(), settings);
  }

  void validate() override {
    if (resume_) check_resumable_folder(out_);
    iteration_note_ = fit_iteration(options(), steps_);
    setup_.validate(options());
    if (steps_ == 0 && seconds_ == 0)
      throw InputError("--steps", "the training has no end",
                       "Give --steps N (per member), --seconds S, or both");
    if (out_.empty()) throw InputError("--out", "is empty", "Give a folder, e.g. runs/first");
  }

  std::vector<KeptFile> kept_files() const override {
    std::vector<KeptFile> files;
    // A run that goes on, or takes the place of another, leaves the configuration it began with.
    const bool keeps_config = resume_ || std::filesystem::exists(out_ + "/checkpoint");
    for (const std::string& path : run_files(out_))
      files.push_back({"--out", path, !(keeps_config && path.ends_with("/config.yaml"))});
    return files;
  }

  int run() override {
    install_torch_pool();
    if (threads_ > 0) set_host_threads(threads_);
    const Device device = parse_device(device_);
    RunFolder folder(out_);
    const Stream stream(device);
    const Exec exec = stream.exec();
    // Everything that can be wrong is found before what is in the folder is touched.
    std::unique_ptr<Batch> batch = setup_.make_batch(device);
    setup_.inputs = batch->inputs();
    // Without --steps schedules follow the clock.
    if (setup_.schedule_steps == 0) setup_.schedule_steps = steps_;
    stop_if_interrupted();
    if (setup_.warm.on()) {
      // What is wrong with the looks is told before anything is played.
      const Selector looks(setup_, options(), selection_, batch->summary(), device, policy_path(),
                           resume_, seconds_);
      start_s_ = settle_start(
          {looks.metric(), device, steps_, seconds_, dry_run_, resume_ ? out_ : ""}, &setup_,
          &batch, [this](const std::string& text) {
            if (quiet_ || text.empty()) return;
            std::fprintf(stderr, "%s%s", text.c_str(), text.ends_with('\n') ? "" : "\n");
          });
      setup_.inputs = batch->inputs();
    }
    Selector selector(setup_, options(), selection_, batch->summary(), device, policy_path(),
                      resume_, seconds_);
    stop_if_interrupted();
    std::unique_ptr<Trainer> trainer = setup_.make_trainer(*batch, exec);
    if (!iteration_note_.empty()) say_note(iteration_note_);
    for (const auto& notes :
         {LearnerSettings::idle_options(options()), setup_.warm.idle_options(options()),
          selection_.idle_options(options(), setup_.members), batch->notes(), trainer->notes()})
      for (const std::string& note : notes) say_note(note);

    const TrainingOptions training = training_options();
    facts_ = training_facts(setup_, *batch, device, steps_, seconds_);
    facts_.metric = selector.metric();
    if (!quiet_ && !dry_run_) std::fputs(banner_text(facts_).c_str(), stderr);
    TrainingHooks hooks;
    const auto progress = make_progress(stdout, progress_mode());
    hooks.progress = progress.get();
    hooks.on_resume = [&](const CheckpointMeta& found) {
      for (const std::string& note : check_resumed_options(setup_, options(), found, out_))
        say_note(note);
      check_something_left(found, steps_, seconds_);
    };
    hooks.on_start = [&] {
      stop_if_interrupted();
      if (dry_run_) throw DryRun();
      folder.begin(resume_, training.meta.config);
    };
    hooks.look_columns = selector.columns();
    if (selection_.looks())
      hooks.on_look = [&](Trainer& t, TrainReport& report, double done) {
        return selector.look(t, report, done, diverged(report), [&](const std::string& line) {
          if (progress_mode() == ProgressMode::kQuiet || json_ == "-") return;
          progress->flush();  // ends a line that is rewritten in place
          std::printf("%s\n", line.c_str());
          std::fflush(stdout);
        });
      };
    bool told_start = !setup_.warm.on();
    hooks.on_report = [&](Trainer& t, const TrainReport&) {
      const std::optional<WarmStartReport> start = t.warm_start();
      if (told_start || !start || start->stage == WarmStage::kImitation) return true;
      told_start = true;
      progress->flush();  // ends a line that is rewritten in place
      say_note(warm_start_text(*start, setup_.warm.heuristic));
      return true;
    };
    hooks.on_warning = say_warning;
    TrainingResult result;
    try {
      result = run_training(*trainer, *batch, exec, training, hooks);
    } catch (const DryRun&) {
      time_training(&facts_, setup_, *trainer, exec, steps_, seconds_);
      return tell_dry_run(facts_, quiet_, json_);
    }
    progress->flush();
    const auto say = [](const std::string& error) {
      std::fprintf(stderr, "cusched: %s\n", visible_text(error).c_str());
    };
    for (const std::string& error : result.unwritten) say(error);
    if (static_cast<int>(result.diverged.size()) == setup_.members)
      throw Error("the training diverged: a loss is not finite",
                  result.checkpoint.empty() ? "" : "checkpoint: " + result.checkpoint,
                  "Use a smaller --learning-rate or --max-grad-norm");
    bool all_written = result.unwritten.empty();
    try {  // where the checkpoint could not be written, the policy may be
      selector.finish(*trainer, result.last, result.diverged, result.signals);
    } catch (const Error& error) {
      say(error.what());
      all_written = false;
    }
    for (const std::string& note : selector.notes()) say_note(note);
    const std::optional<TrainVerdict> verdict =
        judge(selector, batch->summary(), device, result.last.seconds);
    std::optional<Champion> champion = champion_of(selector, result.last.seconds);
    if (champion && verdict) compare_with_verdict(*verdict, &*champion);
    tell(result, selector, verdict, champion, device, trainer->warm_start());
    if (progress->failed()) {
      std::fprintf(stderr,
                   "cusched: stdout cannot be written, so the training ended at %s steps. What was "
                   "trained is in %s; --resume goes on\n",
                   short_count(static_cast<double>(result.last.steps)).c_str(), out_.c_str());
      return kExitFailure;
    }
    if (!all_written) return kExitFailure;
    return SignalGuard::caught() != 0 ? kExitInterrupted : kExitOk;
  }

 private:
  std::string policy_path() const { return out_ + "/policy.pt"; }

  ProgressMode progress_mode() const {
    if (quiet_) return ProgressMode::kQuiet;
    return json_ == "-" ? ProgressMode::kJson : ProgressMode::kAuto;
  }

  // The policy on the jobs that judge it. An interrupted training has none.
  std::optional<TrainVerdict> judge(const Selector& selector, const WorkloadSummary& trained_on,
                                    const Device& device, double training_s) const {
    if (!verdict_ || SignalGuard::caught() != 0 || selector.summary().empty()) return std::nullopt;
    std::vector<std::string> best;  // none: nothing is known of any
    if (!selector.heuristics().empty()) {
      best = setup_.warm.rivals;
      best.push_back(selector.heuristics()[0].name);
    }
    const std::string later = "'cusched eval --policy " + policy_path() + "' gives it";
    const double most_s = verdict_time_s(training_s);
    try {
      TrainVerdict verdict = judge_policy(setup_, trained_on, selector.metric(), best,
                                          selection_.seed, policy_path(), device, 0, most_s);
      verdict.jobs.chooser_known = verdict.jobs.part.empty() || !selection_.plays_other_jobs();
      return verdict;
    } catch (const Interrupted&) {
      if (SignalGuard::caught() == 0)
        say_note("no verdict: it would have taken more than " + short_time(most_s) + "; " + later);
    } catch (const Error& error) {
      say_warning(std::string("no verdict: ") + error.what());
    }
    return std::nullopt;
  }

  // The policy or the best heuristic of the looks; nothing where nobody looked.
  std::optional<Champion> champion_of(const Selector& selector, double training_s) const {
    if (!verdict_ || SignalGuard::caught() != 0 || selector.summary().empty() ||
        selector.heuristics().empty() || std::isnan(selector.heuristics()[0].value))
      return std::nullopt;
    const double most_s = champion_time_s(training_s);
    try {
      const Rivals rivals = {selector.heuristics()[0].name,
                             static_cast<int64_t>(selector.heuristics().size()), setup_.warm.rivals,
                             setup_.warm.heuristic == "tuned"};
      return find_champion(setup_, selector.evaluation(), selector.metric(), rivals, policy_path(),
                           0, most_s);
    } catch (const Interrupted&) {
      if (SignalGuard::caught() == 0)
        say_note(
            "not compared with the best heuristic, to say which one to deploy: it would have "
            "taken more than " +
            short_time(most_s));
    } catch (const Error& error) {
      say_warning(std::string("not compared with the best heuristic: ") + error.what());
    }
    return std::nullopt;
  }

  // What the members of a population differ in, and how they did where they were last looked at;
  // without a look, their mean return.
  std::optional<MemberTable> members_of(const TrainingResult& result,
                                        const Selector& selector) const {
    if (setup_.members == 1) return std::nullopt;
    if (!selector.member_values().empty())
      return member_table(options(), selector.member_values(), metric_info(selector.metric()));
    const std::vector<double> returns = result.last.column("episode_return");
    if (returns.empty()) return std::nullopt;
    return member_table(options(), returns, metric_info("return"));
  }

  // Members whose latest loss is not finite. Before the first iteration there is no loss.
  static std::vector<int> diverged(const TrainReport& report) {
    std::vector<int> members;
    if (report.iteration == 0) return members;
    const size_t names = report.names.size();
    for (int p = 0; p < report.members; ++p)
      for (size_t i = 0; i < names; ++i)
        if (report.names[i].ends_with("_loss") && !std::isfinite(report.values[p * names + i])) {
          members.push_back(p);
          break;
        }
    return members;
  }

  TrainingOptions training_options() {
    TrainingOptions training;
    training.steps = steps_;
    training.seconds = seconds_;
    training.spent_s = start_s_;
    training.out_dir = out_;
    training.checkpoint_every_s = checkpoint_every_s_;
    training.report_every_s = report_every_s_;
    training.looks = selection_.times(seconds_);
    training.resume = resume_;
    training.meta.env = setup_.env;
    training.meta.network = setup_.learner.network.kind;
    training.meta.seeds = {setup_.seed};
    training.meta.config = options().to_yaml();
    training.meta.commit = build_info().commit;
    return training;
  }

  // The verdict as a page, with the course of the training; its path, "" where it was not written.
  std::string write_report(const TrainVerdict& verdict,
                           const std::optional<Champion>& champion) const {
    const std::string path = out_ + "/report.html";
    Evaluation evaluation = verdict.evaluation;
    if (champion) evaluation.advice = champion_advice(*champion);
    try {
      write_text_file(path, html_report(evaluation, {}, read_training_log(out_ + "/metrics.csv")));
      return path;
    } catch (const Error& error) {
      say_warning(std::string("no report: ") + error.what());
    }
    return "";
  }

  void tell(const TrainingResult& result, const Selector& selector,
            const std::optional<TrainVerdict>& verdict, const std::optional<Champion>& champion,
            const Device& device, const std::optional<WarmStartReport>& start) const {
    std::FILE* const out = people(json_);
    const TrainReport& last = result.last;
    const char* end = SignalGuard::caught() != 0 ? "interrupted" : "trained";
    std::fprintf(out, "%s: %s steps per member in %s, %s steps/s (%s)\n", end,
                 short_count(static_cast<double>(last.steps)).c_str(),
                 short_time(last.seconds).c_str(), short_count(last.mean_steps_per_s).c_str(),
                 describe(device).c_str());
    for (const int member : result.diverged)
      std::fprintf(stderr, "cusched: warning: member %d diverged: its loss is not finite\n",
                   member);
    const std::optional<MemberTable> members = members_of(result, selector);
    if (members) std::fputs(member_text(*members).c_str(), out);
    if (!selector.summary().empty())
      std::fprintf(out, "policy: %s (%s)\n", policy_path().c_str(), selector.summary().c_str());
    if (!result.checkpoint.empty())
      std::fprintf(out, "checkpoint: %s\n", result.checkpoint.c_str());
    std::string report;
    if (verdict) {
      std::fputs(verdict_text(*verdict).c_str(), out);
      for (const std::string& warning : verdict->words.warnings) say_warning(warning);
      report = write_report(*verdict, champion);
      if (!report.empty()) std::fprintf(out, "report: %s\n", report.c_str());
    }
    if (champion) std::fputs(champion_text(*champion).c_str(), out);
    nlohmann::json result_json = {
        {"type", "result"},
        {"end", end},
        {"policy", policy_path()},
        {"checkpoint",
         result.checkpoint.empty() ? nlohmann::json() : nlohmann::json(result.checkpoint)},
        {"selected", selector.summary()},
        {"steps", last.steps},
        {"iterations", last.iteration},
        {"seconds", last.seconds},
        {"steps_per_s", last.mean_steps_per_s},
        {"diverged", result.diverged},
        {"run", banner_json(facts_)},
        {"machine", machine_json(to_string(device))},
        {"commit", build_info().commit}};
    if (start) result_json["warm_start"] = warm_start_json(*start, setup_.warm.heuristic);
    if (members) result_json["members"] = member_json(*members);
    if (verdict) result_json["verdict"] = verdict_json(*verdict);
    if (champion) result_json["champion"] = champion_json(*champion);
    if (!report.empty()) result_json["report"] = report;
    if (json_ == "-") {
      std::printf("%s\n", json_text(result_json).c_str());  // a line among the progress
    } else {
      emit_json(json_, result_json);
    }
  }

  std::optional<SignalGuard> guard_;  // before anything is read
  TrainSetup setup_;
  SelectionOptions selection_;
  int64_t steps_ = 0;
  double seconds_ = 0, checkpoint_every_s_ = 60, report_every_s_ = 2;
  double start_s_ = 0;  // that choosing what to imitate took: a part of the training
  int threads_ = 0;
  std::string iteration_note_;  // on what fit_iteration did; may be empty
  std::string device_ = "auto", out_ = kDefaultOut, json_;
  bool resume_ = false, quiet_ = false, dry_run_ = false, verdict_ = true;
  RunFacts facts_;
};

}  // namespace

std::unique_ptr<Command> make_train_command() { return std::make_unique<TrainCommand>(); }

}  // namespace cusched
