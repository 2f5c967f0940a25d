// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "envs/env.h"
#include "envs/registry.h"

namespace cusched {

// Lists that have a value a member say so in their help, or in their group's.
bool says_per_member(const std::string& help);

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
