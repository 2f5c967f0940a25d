// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "envs/inputs.h"
#include "envs/option_values.h"
#include "envs/placement_data.h"

namespace cusched::placement {

// Batch::inputs of `placement`: settings, nodes, pods, orders with their ranks. Settings that name
// a file or a preset are told by what they bring, and those of heuristics alone are left out.
std::vector<InputPart> inputs(const OptionValues& options, const PlacementData& data);

}  // namespace cusched::placement
