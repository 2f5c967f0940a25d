// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agents/trainer.h"
#include "cli/env_options.h"
#include "cli/evaluate.h"
#include "cli/learner_options.h"
#include "cli/options.h"
#include "cli/warm_start.h"

namespace cusched {

// What learns well on a preset of an environment, where the defaults do not; with a network, what
// that one needs beside it.
struct PresetLearner {
  const char *env, *preset, *algo;
  std::vector<std::pair<const char*, const char*>> values;  // options of the learner
  const char* network = "";                                 // of that network only; "": of any
};
const std::vector<PresetLearner>& preset_learners();

// Everything that defines a training: what train builds, and what export builds again from the
// configuration in a checkpoint.
class TrainSetup {
 public:
  // Adds the options: run, network, algorithm, reward weights, environment.
  void declare(OptionTable& table, const EnvEntry& entry, const std::string& algo);
  // Sets what presets and recipes say; what the user set comes after.
  void before_settings(const OptionTable& table, const std::vector<Setting>& settings);
  // Checks across options (throws InputError) and fits defaults to each other.
  void validate(const OptionTable& table);

  std::unique_ptr<Batch> make_batch(const Device& device) const;
  std::unique_ptr<Trainer> make_trainer(Batch& batch, const Exec& exec) const;
  // The environment's values in a batch of one member: `member` of the population, or the one whose
  // policy the file at `policy` holds.
  std::vector<EnvValue> member_values(int member) const;
  std::vector<EnvValue> policy_values(const std::string& policy) const;

  std::string env;
  int members = 1;  // P
  int envs = 1024;  // E, per member
  uint64_t seed = 1;
  int member_offset = 0;       // logical id of member 0: a part of a larger population
  int64_t schedule_steps = 0;  // steps per member at which a linear schedule ends; 0: by time
  LearnerSettings learner;
  WarmStartOptions warm;
  EnvSettings settings;
  std::vector<InputPart> inputs;  // of the batch that is trained on; policies carry them

 private:
  struct RewardWeight {
    size_t term;  // index into EnvEntry::reward_terms
    const Option* option;
    std::vector<float> weight;  // one, or one per member
  };
  std::deque<RewardWeight> rewards_;
};

// Builds the configuration that a checkpoint carries. `path` names it in messages. Options of a run
// that are no part of `table` (times, paths) are skipped.
void read_setup(TrainSetup& setup, OptionTable& table, const std::string& yaml,
                const std::string& path);

// Exports a member's policy to `path`, verified on observations of the environment.
// `training_json` as in PolicyExport. Returns what was verified, in words.
std::string export_member(const TrainSetup& setup, int member, const PolicyWeights& weights,
                          const std::string& training_json, const std::string& evaluation_json,
                          const std::string& path);

// {"config": {option: value}, "inputs": [...], "seeds": [...], "member": ..., "steps": ...,
// "commit": ...}
std::string training_json(const TrainSetup& setup, const OptionTable& table, int member,
                          int64_t steps, double seconds);

}  // namespace cusched
