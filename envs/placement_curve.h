// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "envs/batch.h"

namespace cusched {

// Element k: mean, over the pods at whose arrival k % of `capacity` (GPU milli) had been asked for,
// of the per cent in use, to two decimals; NaN where there was none. `pods` in order of arrival; a
// pod is placed when it arrives or never.
std::vector<double> allocation_curve(const std::vector<PodPlacement>& pods, int64_t capacity);

}  // namespace cusched
