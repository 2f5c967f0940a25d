// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "envs/objective.h"

namespace cusched::admission {

// Values of `objective`; the first is the default.
const std::vector<Objective>& objectives();

}  // namespace cusched::admission
