// SPDX-License-Identifier: MIT
#include "agents/training.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <optional>

#include "agents/signals.h"
#include "cuda/error.h"

namespace cusched {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
// Longest time between two looks at the clock and at signals, where the device runs ahead.
constexpr double kBurstSeconds = 0.2;

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// What ended episodes say, in people's units; an environment that has none of its own tells means
// of an episode. "episodes" is a count. No episode: NaN.
void append_episode_columns(const BatchStats& stats, int members, std::vector<std::string>* names,
                            std::vector<std::vector<double>>* columns) {
  const size_t n = stats.names.size(), own = stats.episode_names.size();
  const auto found = std::find(stats.names.begin(), stats.names.end(), "episodes");
  const size_t count_at = found - stats.names.begin();
  for (size_t i = 0; i < n; ++i) {
    if (own > 0 && i != count_at) continue;
    std::vector<double> column;
    for (int p = 0; p < members; ++p) {
      const double sum = stats.sum.at(p * n + i);
      const double count = count_at < n ? stats.sum.at(p * n + count_at) : 1.0;
      column.push_back(i == count_at || count_at == n ? sum
                       : count > 0                    ? sum / count
                                                      : std::nan(""));
    }
    names->push_back(i == count_at ? "episodes" : "episode_" + stats.names[i]);
    columns->push_back(std::move(column));
  }
  for (size_t i = 0; i < own; ++i) {
    names->push_back("episode_" + stats.episode_names[i]);
    columns->emplace_back();
    for (int p = 0; p < members; ++p) columns->back().push_back(stats.episode.at(p * own + i));
  }
}

class Training {
 public:
  Training(Trainer& trainer, Batch& batch, const Exec& exec, const TrainingOptions& options,
           const TrainingHooks& hooks)
      : trainer_(trainer),
        batch_(batch),
        exec_(exec),
        options_(options),
        hooks_(hooks),
        path_(options.out_dir + "/checkpoint") {
    if (!(options_.steps > 0) && !(options_.seconds > 0))
      throw InputError("training", "has neither a number of steps nor a time",
                       "Give steps or seconds > 0");
    if (options_.steps < 0 || !(options_.seconds >= 0) || !(options_.report_every_s >= 0) ||
        !(options_.checkpoint_every_s >= 0))
      throw InputError("training", "has a negative number of steps, time or interval",
                       "Give numbers >= 0");
    steps_per_iteration_ = trainer_.steps_per_iteration() / batch_.shape().members;
    CUSCHED_CHECK(steps_per_iteration_ > 0, "an iteration has no steps");
    options_.meta.shape = batch_.shape();
    options_.meta.inputs = batch_.inputs();
  }

  TrainingResult run() {
    if (options_.resume) resume();
    if (hooks_.on_start) hooks_.on_start();
    std::filesystem::create_directories(options_.out_dir);
    open_logs();
    start_s_ = last_report_s_ = last_checkpoint_s_ = now_s();
    if (!options_.resume) seconds_before_ = options_.spent_s;
    first_iteration_ = last_report_iteration_ = trainer_.iterations();
    last_look_s_ = seconds();
    plan_looks();
    if (options_.looks.at_start && first_iteration_ == 0 && !reached() && signal() == 0)
      report(/*look=*/true);
    for (;;) {
      if (signal() != 0) {
        result_.end = TrainingEnd::kSignal;
        result_.signal = signal();
        result_.signals = SignalGuard::count();
        break;
      }
      if (const auto end = reached()) {
        result_.end = *end;
        break;
      }
      if (stopped_by_hook_) {
        result_.end = TrainingEnd::kHook;
        break;
      }
      if (hooks_.progress != nullptr && hooks_.progress->failed()) {
        result_.end = TrainingEnd::kProgress;
        break;
      }
      burst();
      const double interval_s = std::max(options_.report_every_s, 0.002 * seconds());
      if (look_is_due()) {
        report(/*look=*/true);
        plan_looks();
      } else if (now_s() - last_report_s_ >= interval_s) {
        report();
      }
      const double every_s = options_.checkpoint_every_s > 0 ? options_.checkpoint_every_s : kNever;
      if (now_s() - last_checkpoint_s_ >= every_s) periodic_checkpoint();
    }
    if (const std::string error = checkpoint(); !error.empty()) result_.unwritten.push_back(error);
    if (hooks_.progress != nullptr) hooks_.progress->flush();
    return std::move(result_);
  }

 private:
  int signal() const { return options_.catch_signals ? SignalGuard::caught() : 0; }
  int64_t steps() const { return trainer_.iterations() * steps_per_iteration_; }
  double seconds() const { return seconds_before_ + now_s() - start_s_; }

  // Why the training ends here, if it does.
  std::optional<TrainingEnd> reached() const {
    if (options_.steps > 0 && steps() >= options_.steps) return TrainingEnd::kSteps;
    if (options_.seconds > 0 && seconds() >= options_.seconds) return TrainingEnd::kSeconds;
    return std::nullopt;
  }

  // Share of the training that is done, by whichever limit is nearer: 0..1.
  double done() const {
    const double by_steps = options_.steps > 0
                                ? static_cast<double>(steps()) / static_cast<double>(options_.steps)
                                : 0.0;
    const double by_time = options_.seconds > 0 ? seconds() / options_.seconds : 0.0;
    return std::min(1.0, std::max(by_steps, by_time));
  }

  // Looks by shares are numbered: the k-th is due when k * share are done. A resume goes on with
  // the next one.
  void plan_looks() {
    if (options_.looks.share > 0)
      next_look_ = 1 + static_cast<int64_t>(std::floor(done() / options_.looks.share + 1e-9));
  }
  double next_look_share() const {
    return std::min(1.0, static_cast<double>(next_look_) * options_.looks.share);
  }
  bool look_is_due() {
    if (!hooks_.on_look || signal() != 0) return false;
    // The time may end between two questions: the look at the end is made once.
    const bool at_end = reached().has_value();
    const bool by_share = options_.looks.share > 0 && done() >= next_look_share() - 1e-9;
    const bool by_time =
        options_.looks.every_s > 0 && seconds() - last_look_s_ >= options_.looks.every_s;
    return at_end || by_share || by_time;
  }

  void resume() {
    if (!std::filesystem::exists(path_))
      throw InputError(path_, "does not exist, so there is nothing to resume",
                       "Train without --resume, or name the folder of an earlier run");
    const Checkpoint found = read_checkpoint(path_);
    check_resumable(path_, found.meta, options_.meta);
    if (hooks_.on_resume) hooks_.on_resume(found.meta);
    try {
      trainer_.load(found.payload);
    } catch (const InputError&) {
      throw;
    } catch (const Error& error) {
      throw InputError(path_, std::string("does not fit this run: ") + error.what(),
                       "Resume with the configuration of that run, or train without --resume");
    }
    if (trainer_.iterations() != found.meta.iterations)
      throw InputError(path_ + ", metadata field \"iterations\"",
                       "is " + std::to_string(found.meta.iterations) + ", but the trainer is at " +
                           std::to_string(trainer_.iterations()),
                       "Train without --resume");
    seconds_before_ = found.meta.seconds;
  }

  void open_logs() {
    if (!options_.log_files) return;
    logs_.push_back(make_csv_log(options_.out_dir, trainer_.iterations()));
    logs_.push_back(make_event_log(options_.out_dir, batch_.shape().members, steps()));
  }

  // Some iterations in a row, then a synchronisation: CUDA runs behind the host, and limits and
  // signals would be seen far too late. The number grows until a burst takes kBurstSeconds.
  void burst() {
    int64_t count = burst_;
    if (options_.steps > 0) {
      // Up to the next look by steps: it comes after the same iteration in every run.
      const bool looks = hooks_.on_look && options_.looks.share > 0;
      const auto until = static_cast<int64_t>(std::ceil(
          (looks ? next_look_share() : 1.0) * static_cast<double>(options_.steps) - 1e-6));
      const int64_t left = std::max<int64_t>(until - steps(), 1);
      count = std::min(count, (left + steps_per_iteration_ - 1) / steps_per_iteration_);
    }
    if (options_.seconds > 0) trainer_.set_done_share(std::min(1.0, seconds() / options_.seconds));
    const double begin_s = now_s();
    for (int64_t i = 0; i < count && signal() == 0; ++i) trainer_.iterate();
    if (exec_.device.is_cuda()) synchronize(exec_);
    const double took_s = now_s() - begin_s;
    if (took_s < kBurstSeconds / 2 && count == burst_) burst_ *= 2;
    if (took_s > kBurstSeconds * 2) burst_ = std::max<int64_t>(1, burst_ / 2);
  }

  // Collects, writes and shows a report, unless this iteration has one. `look`: with a look at the
  // policy.
  void report(bool look = false) {
    if (reported_iteration_ == trainer_.iterations()) return;
    reported_iteration_ = trainer_.iterations();
    const int members = batch_.shape().members;
    const TrainStats stats = trainer_.stats();
    std::vector<std::string> names = stats.names;
    std::vector<std::vector<double>> columns;
    result_.diverged.clear();
    for (size_t i = 0; i < stats.names.size(); ++i) {
      columns.emplace_back();
      for (int p = 0; p < members; ++p) {
        columns.back().push_back(stats.values.at(p * stats.names.size() + i));
        if (stats.names[i].ends_with("_loss") && !std::isfinite(columns.back().back()))
          result_.diverged.push_back(p);
      }
    }
    std::sort(result_.diverged.begin(), result_.diverged.end());
    result_.diverged.erase(std::unique(result_.diverged.begin(), result_.diverged.end()),
                           result_.diverged.end());
    append_episode_columns(batch_.take_stats(exec_), members, &names, &columns);

    TrainReport& report = result_.last = TrainReport{};
    report.iteration = trainer_.iterations();
    report.steps = steps();
    report.total_steps = options_.steps;
    report.seconds = seconds();
    report.members = members;
    report.names = std::move(names);
    for (int p = 0; p < members; ++p)
      for (const auto& column : columns) report.values.push_back(column[p]);
    fill_speed(&report);
    // Before the first iteration there is nothing but the look.
    if (report.iteration == 0) report.values.assign(report.values.size(), std::nan(""));
    add_look(&report, look);
    // A resume that finds nothing left to do has its last row in the files already.
    if (report.iteration > first_iteration_ || (look && first_iteration_ == 0)) write_logs(report);
    if (hooks_.progress != nullptr) hooks_.progress->write(report);
    if (hooks_.on_report && !hooks_.on_report(trainer_, report)) stopped_by_hook_ = true;
  }

  // Adds the columns of looks, and fills them where this is one.
  void add_look(TrainReport* report, bool look) {
    if (hooks_.look_columns.empty() && !look) return;
    const size_t had = report->names.size(), more = hooks_.look_columns.size();
    std::vector<double> values;
    for (int p = 0; p < report->members; ++p) {
      const auto row = report->values.begin() + static_cast<std::ptrdiff_t>(p * had);
      values.insert(values.end(), row, row + static_cast<std::ptrdiff_t>(had));
      values.insert(values.end(), more, std::nan(""));
    }
    report->values = std::move(values);
    report->names.insert(report->names.end(), hooks_.look_columns.begin(),
                         hooks_.look_columns.end());
    if (!look) return;
    const double done_share = reached() ? 1.0 : done();
    if (!hooks_.on_look(trainer_, *report, done_share)) stopped_by_hook_ = true;
    last_look_s_ = seconds();
  }

  // A log that cannot be written ends; the training does not.
  void write_logs(const TrainReport& report) {
    std::erase_if(logs_, [&](const std::unique_ptr<ReportSink>& log) {
      try {
        log->write(report);
        return false;
      } catch (const InputError&) {
        throw;  // another run's file
      } catch (const Error& error) {
        result_.unwritten.push_back(error.what());
        warn(std::string(error.what()) + "; the training goes on without it");
        return true;
      }
    });
  }

  void warn(const std::string& words) const {
    if (hooks_.on_warning) hooks_.on_warning(words);
  }

  void fill_speed(TrainReport* report) {
    const double at_s = now_s();
    const auto per_iteration = static_cast<double>(trainer_.steps_per_iteration());
    const auto speed = [&](int64_t since, double since_s) {
      const double took_s = at_s - since_s;
      return took_s > 0 ? static_cast<double>(report->iteration - since) * per_iteration / took_s
                        : 0.0;
    };
    report->steps_per_s = speed(last_report_iteration_, last_report_s_);
    report->mean_steps_per_s = speed(first_iteration_, start_s_);
    double eta_s = options_.seconds > 0 ? options_.seconds - report->seconds : kNever;
    if (options_.steps > 0 && report->mean_steps_per_s > 0)
      eta_s = std::min(eta_s, static_cast<double>(options_.steps - report->steps) *
                                  report->members / report->mean_steps_per_s);
    report->eta_s = std::isfinite(eta_s) ? std::max(0.0, eta_s) : -1.0;
    last_report_iteration_ = report->iteration;
    last_report_s_ = at_s;
  }

  // A report comes first: it empties the batch's episode statistics, so the state that is saved
  // does not depend on when reports were made. Returns why the file could not be written; empty: it
  // was.
  std::string checkpoint() {
    report();
    Checkpoint checkpoint{options_.meta, trainer_.save()};
    checkpoint.meta.steps = steps();
    checkpoint.meta.iterations = trainer_.iterations();
    checkpoint.meta.seconds = seconds();
    std::string error;
    try {
      write_checkpoint(path_, checkpoint);
      result_.checkpoint = path_;
    } catch (const Error& problem) {
      error = problem.what();
    }
    last_checkpoint_s_ = now_s();
    return error;
  }

  // Told once until one is written again.
  void periodic_checkpoint() {
    const std::string error = checkpoint();
    char again[32];
    std::snprintf(again, sizeof again, "%g s", options_.checkpoint_every_s);
    if (!error.empty() && !checkpoint_failed_)
      warn("checkpoint not written: " + error + "; the training goes on, the next try in " + again);
    checkpoint_failed_ = !error.empty();
  }

  Trainer& trainer_;
  Batch& batch_;
  Exec exec_;
  TrainingOptions options_;
  const TrainingHooks& hooks_;
  std::string path_;
  std::vector<std::unique_ptr<ReportSink>> logs_;
  TrainingResult result_;
  int64_t steps_per_iteration_ = 0;  // per member
  int64_t burst_ = 1;                // iterations between two synchronisations
  double seconds_before_ = 0;        // trained before a resume
  double start_s_ = 0;               // of this process
  int64_t first_iteration_ = 0;
  double last_report_s_ = 0;
  int64_t last_report_iteration_ = 0;
  int64_t reported_iteration_ = -1;
  int64_t next_look_ = 1;   // by shares
  double last_look_s_ = 0;  // training time
  bool stopped_by_hook_ = false;
  double last_checkpoint_s_ = 0;
  bool checkpoint_failed_ = false;  // the last periodic one
};

}  // namespace

TrainingResult run_training(Trainer& trainer, Batch& batch, const Exec& exec,
                            const TrainingOptions& options, const TrainingHooks& hooks) {
  std::optional<SignalGuard> guard;
  if (options.catch_signals) guard.emplace();
  return Training(trainer, batch, exec, options, hooks).run();
}

}  // namespace cusched
