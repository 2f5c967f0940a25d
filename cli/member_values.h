// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "envs/env.h"
#include "envs/registry.h"

namespace cusched {

// Whether a list of the option has a value a member, as its help says.
bool is_per_member(const EnvOption& option);

// The values as a batch of one member takes them that plays as `member` of a population: of each
// list with a value for each of the `members` that one's. All else, a list of a wrong size too,
// stays as it is.
std::vector<EnvValue> values_of_member(const EnvEntry& entry, std::vector<EnvValue> values,
                                       int member, int members);

// The value that counts and in which members differ, the first in the order of the options; null
// where they do not.
const EnvValue* find_difference(const EnvEntry& entry, const std::vector<EnvValue>& values,
                                int members);

}  // namespace cusched
