// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>

#include "export/policy_schema.h"

namespace cusched {

// Today's name of an option that policies, checkpoints and configurations may call by an earlier
// one.
std::string current_name(const std::string& option);

// What the training of a policy was given, by flag (its configuration's single values). Of a policy
// of an earlier version of its environment also the defaults of then that are others now, where the
// configuration does not say: as the training's inputs have recorded them, else from the table of
// that version. Empty for a file that does not say how it was trained.
std::map<std::string, std::string> training_flags(const PolicySchema& schema);

}  // namespace cusched
