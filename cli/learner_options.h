// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agents/algorithm.h"
#include "cli/options.h"

namespace cusched {

// What learns: algorithm, network and their options.
class LearnerSettings {
 public:
  // Adds --algo, --recipe and the options of the network and of the algorithm, whose name
  // algorithm_of or a configuration gave.
  void declare(OptionTable& table, const std::string& algo);
  // Sets what the recipe says, where one is given: weaker than what the user sets. Throws
  // InputError for a recipe that the algorithm does not have.
  void apply_recipe(const OptionTable& table, const std::vector<Setting>& given);
  // Checks what one option alone cannot and fits defaults to the number of environments. Throws
  // InputError naming the option.
  void validate(const OptionTable& table, int envs, int members);
  // Notes on what was set and does nothing under the other options.
  static std::vector<std::string> idle_options(const OptionTable& table);

  std::string algo, recipe;
  NetworkConfig network;
  std::shared_ptr<Algorithm> algorithm;
};

// The algorithm named by --algo, or that has the recipe of --recipe, or "ppo". Throws InputError
// where there is none.
std::string algorithm_of(const std::vector<std::string>& words);

}  // namespace cusched
