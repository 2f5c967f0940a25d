// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "agents/logs.h"
#include "agents/trainer.h"
#include "agents/training.h"
#include "cli/heuristic_scores.h"
#include "cli/train_setup.h"
#include "envs/workload_summary.h"

namespace cusched {

// How the policy to keep is chosen, on generated or set-aside jobs that are not those of training.
struct SelectionOptions {
  // Between two looks: "auto" (10 % of the training, fewer where they would take more than 10 % of
  // the time), "10%" of the training, or training time ("30", "5m"); "0": at the end only.
  std::string every = "auto";
  int episodes = 16;  // per member and look; 0: keep the last policy of member 0, unseen
  int patience = 0;   // looks without a better policy that end the training; 0: none do
  uint64_t seed = 90001;
  std::string metric = "auto";        // "auto": the objective's
  std::vector<std::string> settings;  // "NAME=VALUE": the environment's settings while selecting

  void declare(OptionTable& table);
  // Whether the training looks before its end. Throws InputError for an `every` that is none.
  bool looks() const { return episodes > 0 && (times(0).share > 0 || times(0).every_s > 0); }
  // Whether `settings` name another trace, or leave out other jobs of it, so that its jobs have
  // other numbers than those of the training.
  bool plays_other_jobs() const;
  // `seconds`: of the training; 0: it ends by steps.
  LookTimes times(double seconds) const;
  // Notes on what was set and does nothing, because nothing is chosen.
  std::vector<std::string> idle_options(const OptionTable& table, int members) const;
};

// Keeps the best policy so far in a file: every member is played on the same episodes, and the one
// with the best mean of the metric, if it beats the file's, is exported with how it was chosen. The
// heuristics play these episodes once, before the first look. In a training that ends by time,
// `auto` keeps to look_budget.h: the heuristics that would take too long are left out.
class Selector {
 public:
  // Takes the value to beat from `path` where `resume` finds a policy there. `trained_on`: of the
  // training's batch; where it is a part of a trace, the part set aside for choosing is played.
  // `seconds`: as in SelectionOptions::times.
  Selector(const TrainSetup& setup, const OptionTable& table, const SelectionOptions& options,
           const WorkloadSummary& trained_on, const Device& device, const std::string& path,
           bool resume, double seconds);

  // Columns of reports: "eval_METRIC", "eval_vs_best_heuristic" (METRIC over that of the best
  // heuristic, minus 1: above 0 is worse where less is better, and better where more is),
  // "eval_best_heuristic" and those of heuristics that everybody knows, e.g. "eval_fifo". Empty
  // where there are no looks before the end.
  std::vector<std::string> columns() const;

  // A look, as TrainingHooks::on_look. A signal ends it without a choice. Members in `diverged` are
  // left out. What goes wrong in it, or a policy that cannot be written, is a warning. False when
  // patience ran out. `say` gets a line for people.
  bool look(Trainer& trainer, TrainReport& report, double done, const std::vector<int>& diverged,
            const std::function<void(const std::string&)>& say);
  // After the training: the last look, unless there was one; throws Error where the policy cannot
  // be written. Signals beyond `signals` (TrainingResult) end it with the best policy so far.
  void finish(Trainer& trainer, const TrainReport& report, const std::vector<int>& diverged,
              int signals);

  const std::string& metric() const { return metric_; }
  // What looks play.
  const EvaluationSetup& evaluation() const { return evaluation_; }
  // Best first; empty where nobody looked.
  const std::vector<HeuristicScore>& heuristics() const { return heuristics_; }
  // Of each member when it was last looked at (P); NaN: never. Empty: nobody looked.
  const std::vector<double>& member_values() const { return member_values_; }
  const std::string& summary() const { return summary_; }  // one line on the file's policy
  // What people should know of the looks, e.g. that patience ended the training.
  std::vector<std::string> notes() const;

 private:
  void refuse_different_looks() const;
  bool better(double value) const;
  // Whether looks have to keep to a part of a time that is known.
  bool has_budget() const { return seconds_ > 0 && options_.every == "auto"; }
  bool is_worth(const TrainReport& report, double done) const;
  double look_cost_s() const;
  void play_heuristics();
  // `deadline_s`: on the steady clock; a look that is not at its end by then is given up.
  void choose(Trainer& trainer, const TrainReport& report, const std::vector<int>& diverged,
              bool keep, bool at_end, int signals, double deadline_s);
  void fill(TrainReport* report) const;
  std::string line(bool improved, int members) const;
  bool save(const TrainReport& report, int member, const PolicyWeights& weights,
            const std::string& evaluation, const std::string& chosen_by, bool at_end);

  const TrainSetup& setup_;
  const OptionTable& table_;
  SelectionOptions options_;
  std::string metric_;
  EvaluationSetup evaluation_;
  BatchShape shape_;  // while choosing; K may differ from training's (network pointer)
  std::string path_, part_, summary_;
  bool lower_ = true;  // whether the metric's good direction is down
  bool any_ = false;   // whether best_ holds a value
  double best_ = 0;
  bool failed_ = false;  // the last policy could not be written
  double seconds_ = 0;   // of the training; 0: it ends by steps
  std::vector<HeuristicScore> heuristics_;
  bool heuristics_played_ = false;
  double dearest_heuristic_s_ = 0;
  std::vector<double> member_values_;
  int64_t looked_at_ = -1;                 // iteration of the last whole look
  double spent_s_ = 0, last_cost_s_ = -1;  // on looks; the last one
  double heuristics_s_ = 0;                // on heuristics, where there is a budget
  int left_out_ = 0, without_better_ = 0;
  bool gave_up_ = false, broken_ = false;
};

}  // namespace cusched
