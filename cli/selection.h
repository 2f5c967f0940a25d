// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agents/logs.h"
#include "agents/trainer.h"
#include "cli/train_setup.h"

namespace cusched {

// How the policy to keep is chosen, on generated or held-out jobs that are not those of training.
struct SelectionOptions {
  double every_s = 0;  // s of training between two looks; 0: at the end only
  int episodes = 16;   // per member and look; 0: keep the last policy of member 0, unseen
  uint64_t seed = 90001;
  std::string metric = "bounded_slowdown";
  std::vector<std::string> settings;  // "NAME=VALUE": the environment's settings while selecting

  void declare(OptionTable& table, const std::string& env);
  // Notes on what was set and does nothing, because nothing is chosen.
  std::vector<std::string> idle_options(const OptionTable& table, int members) const;
};

// Keeps the best policy so far in a file: every member is played on the same episodes, and the one
// with the best mean of the metric, if it beats the file's, is exported with how it was chosen.
class Selector {
 public:
  // Takes the value to beat from `path` where `resume` finds a policy there.
  Selector(const TrainSetup& setup, const OptionTable& table, const SelectionOptions& options,
           const Device& device, const std::string& path, bool resume);

  // Looks when the time has come; a signal ends the look without a choice. Members in `diverged`
  // are left out. A policy that cannot be written is a warning, and a later look tries again.
  void consider(Trainer& trainer, const TrainReport& report, const std::vector<int>& diverged);
  // The last look; throws Error where the policy cannot be written. Signals beyond `signals`
  // (TrainingResult) end it with the best policy so far.
  void finish(Trainer& trainer, const TrainReport& report, const std::vector<int>& diverged,
              int signals);

  const std::string& summary() const { return summary_; }  // one line on the file's policy

 private:
  bool better(double value) const;
  void look(Trainer& trainer, const TrainReport& report, const std::vector<int>& diverged,
            bool at_end, int signals);

  const TrainSetup& setup_;
  const OptionTable& table_;
  SelectionOptions options_;
  EvaluationSetup evaluation_;
  BatchShape shape_;  // while choosing; K may differ from training's (network pointer)
  std::string path_, summary_;
  bool lower_ = true;  // whether the metric's good direction is down
  bool any_ = false;   // whether best_ holds a value
  double best_ = 0;
  bool failed_ = false;  // the last policy could not be written
  double last_look_s_ = 0;
};

}  // namespace cusched
