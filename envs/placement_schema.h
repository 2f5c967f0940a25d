// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "envs/placement_observation.h"
#include "envs/placement_state.h"

namespace cusched {

// Batch::schema_json of `placement`.
std::string placement_schema(const placement::Caps& caps, const placement::Params& params);

}  // namespace cusched
