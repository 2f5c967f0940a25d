// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agents/checkpoint.h"
#include "agents/logs.h"
#include "agents/trainer.h"
#include "envs/batch.h"

namespace cusched {

// When a training looks at how its policy does (TrainingHooks::on_look).
struct LookTimes {
  // Of `steps` or `seconds`, whichever has got further: at 0.1 a look when 10 %, 20 %, ... are
  // trained. By steps they come after the same iterations in every run. 0: not by shares.
  double share = 0;
  double every_s = 0;     // training time between two looks; 0: not by time
  bool at_start = false;  // also before the first iteration (a resume: not)
};

// How long a training runs and what it leaves behind in `out_dir`: checkpoint, metrics.csv,
// events/.
struct TrainingOptions {
  // The training ends at whichever comes first; both count what was trained before a resume. At
  // least one has to be > 0.
  int64_t steps = 0;    // environment steps per member, rounded up to whole iterations; 0: no limit
  double seconds = 0;   // wall-clock time, everything included; 0: no limit
  double spent_s = 0;   // of it, before run_training; a resume ignores it
  std::string out_dir;  // e.g. "runs/first"; made when missing
  double checkpoint_every_s = 60;  // and always one at the end; 0: only at the end
  // A report at least this far apart, and never more often than every 0.2 % of the time trained.
  double report_every_s = 2;
  LookTimes looks;
  bool resume = false;        // continue from out_dir/checkpoint
  bool log_files = true;      // metrics.csv and TensorBoard events
  bool catch_signals = true;  // those of SignalGuard end the training with a checkpoint
  // What the caller knows of the run; shape, inputs, steps, iterations and seconds are filled in.
  CheckpointMeta meta;
};

struct TrainingHooks {
  // Terminal output; may be null.
  ReportSink* progress = nullptr;
  // A resume: the checkpoint fits so far and is not loaded yet. May throw to refuse it.
  std::function<void(const CheckpointMeta& found)> on_resume;
  // Everything was accepted. Before it nothing in out_dir was touched. May throw.
  std::function<void()> on_start;
  // After every report, e.g. to evaluate and keep the best policy; its time counts as training
  // time. False ends the training as if its steps were done.
  std::function<bool(Trainer&, const TrainReport&)> on_report;
  // Looks at the policy (LookTimes), before its report is written: fills columns of `look_columns`,
  // which are NaN in all other reports. Where a look is due at the end by steps or time, `share` of
  // the training done is 1. Its time counts as training time; its policies do not change by it.
  // False ends the training as on_report's does. May be null.
  std::function<bool(Trainer&, TrainReport&, double share)> on_look;
  std::vector<std::string> look_columns;  // begin with kLookPrefix
  // One line on what could not be written; the training goes on. May be null.
  std::function<void(const std::string&)> on_warning;
};

enum class TrainingEnd : uint8_t {
  kSteps,
  kSeconds,
  kSignal,
  kHook,
  kProgress,  // TrainingHooks::progress failed: nobody reads it any more
};

struct TrainingResult {
  TrainingEnd end = TrainingEnd::kSteps;
  int signal = 0;          // for kSignal, e.g. SIGTERM
  int signals = 0;         // SignalGuard::count() when a signal ended it; 0: none did
  std::string checkpoint;  // path of the last checkpoint written; empty: none was
  // Errors: the last checkpoint, or a log, could not be written. Empty: all were.
  std::vector<std::string> unwritten;
  TrainReport last;  // the last report
  // Members with a loss (statistic *_loss) that is not finite at the last report: they diverged.
  std::vector<int> diverged;
};

// Trains until one of the limits, a signal or the hook ends it; see TrainingOptions. `exec` is the
// one the trainer was made with. Signals: SignalGuard. Resuming
// continues bit for bit on the CPU: the iterations are the same however they were split. The one
// exception is a linear schedule without a number of steps: it follows the clock (`seconds`).
// A disk that is full ends no training: a checkpoint is tried again at the next interval (the file
// of before stays), a log ends there. Throws InputError for options without an end and for a
// checkpoint that does not fit.
TrainingResult run_training(Trainer& trainer, Batch& batch, const Exec& exec,
                            const TrainingOptions& options, const TrainingHooks& hooks = {});

}  // namespace cusched
