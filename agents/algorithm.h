// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agents/learner_config.h"
#include "agents/trainer.h"

namespace cusched {

// Hyper-parameters that have a name, e.g. "sb3-ppo" (--recipe): values of options, as text. Of two
// values of one option the later one counts.
struct Recipe {
  std::string name;
  std::string help;                                         // where they come from
  std::vector<std::pair<std::string, std::string>> values;  // option, e.g. {"hidden", "64,64"}
};

// `base` with another name and values that replace some of its.
Recipe changed(const Recipe& base, const std::string& name, const std::string& help,
               const std::vector<std::pair<std::string, std::string>>& values);

// An algorithm as the command line sees it: one file agents/NAME.cpp with a line
// CUSCHED_ALGORITHM(NAME, Type), which the build finds. An object holds one configuration.
class Algorithm {
 public:
  virtual ~Algorithm() = default;
  virtual const char* name() const = 0;           // of --algo
  virtual const char* title() const = 0;          // e.g. "PPO", above its options in --help
  virtual LearnerConfig& shared() = 0;            // with the algorithm's defaults
  virtual std::vector<ConfigField> fields() = 0;  // its own
  virtual std::vector<Recipe> recipes() const { return {}; }
  // Fits defaults to the number of environments; throws InputError for a value that the user gave
  // (was_set) and that cannot be.
  virtual void fit(int /*envs*/, const std::function<bool(const char*)>& /*was_set*/) {}
  // `seed` and `member_offset` (logical id of member 0) key all random draws of the learner.
  virtual std::unique_ptr<Trainer> make_trainer(Batch& batch, const Exec& exec,
                                                const NetworkConfig& network, uint64_t seed,
                                                int member_offset) const = 0;

  // The shared options, then its own.
  std::vector<ConfigField> all_fields() {
    std::vector<ConfigField> all = shared_fields(shared()), own = fields();
    for (ConfigField& field : own) all.push_back(std::move(field));
    return all;
  }
};

// Stands in an algorithm's file, in namespace cusched; the build looks for the line.
#define CUSCHED_ALGORITHM(NAME, Type) \
  std::unique_ptr<Algorithm> algorithm_##NAME() { return std::make_unique<Type>(); }

// Sorted by name. Generated.
std::vector<std::unique_ptr<Algorithm>> all_algorithms();

// Throws InputError for an unknown name.
std::unique_ptr<Algorithm> make_algorithm(const std::string& name);

}  // namespace cusched
