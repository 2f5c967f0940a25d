// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/env_options.h"
#include "export/torchscript_policy.h"

// What the first policy of an evaluation says about the environment it was trained in.
namespace cusched {

// --env or --config, else what the first policy was trained in.
const EnvEntry& evaluated_environment(const std::vector<std::string>& words);

// The settings of the environment that a policy file's training was given, by name.
std::map<std::string, std::string> training_settings(const PolicySchema& schema,
                                                     const EnvSettings& settings);

// Makes the environment settings of the policy file's training the weakest ones, but for those that
// say which part of its jobs it learnt from. Returns what was set, for the user; "" where nothing
// was.
std::string prefer_training(const std::string& file, EnvSettings* settings);

// What the training of `file` was given that the training of `first`, of the same evaluation, was
// not, for the user; "" where nothing differs.
std::string trained_otherwise(const std::string& file, const std::string& first,
                              const EnvSettings& settings);

// Notes on files that are named as in the policy file's training, but hold something else now.
// `inputs`: Batch::inputs of the evaluation.
std::vector<std::string> changed_since_training(const std::string& file,
                                                const EnvSettings& settings,
                                                const std::vector<InputPart>& inputs);

}  // namespace cusched
