// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "cli/env_options.h"
#include "cli/evaluate.h"
#include "cli/evaluation.h"

namespace cusched {

// Fills in what the evaluation of `setup` is of: the name of its workload, and the facts that a
// report lists: seed, settings, policy files, machine, version.
void add_facts(const EnvSettings& settings, const EvaluationSetup& setup,
               const std::vector<std::string>& policies, Evaluation* evaluation);

}  // namespace cusched
