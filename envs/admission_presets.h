// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "envs/preset.h"

namespace cusched::admission {

// What `preset` sets, by name.
const std::vector<Preset>& presets();

}  // namespace cusched::admission
