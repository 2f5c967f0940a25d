// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "envs/admission_state.h"

namespace cusched {

// JSON: environment and version, K, G, F, every observation field with unit and clip, the meaning
// of actions. What an exported policy says about its input.
std::string admission_schema(const admission::Caps& caps, const admission::Params& params,
                             const std::string& workload,
                             const std::vector<std::string>& gpu_models);

}  // namespace cusched
