// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "envs/preset.h"

namespace cusched::placement {

// What `preset` sets, by name.
const std::vector<Preset>& presets();
// Values of `objective`; the first is the default.
const std::vector<Objective>& objectives();

}  // namespace cusched::placement
