// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "envs/cluster_spec.h"
#include "envs/inputs.h"
#include "envs/option_values.h"

namespace cusched::admission {

// Batch::inputs of `admission`: settings, nodes, and `jobs` (workload_input). Settings that name a
// file or a preset are told by what they bring, and those of heuristics alone are left out.
std::vector<InputPart> inputs(const OptionValues& options, const ClusterSpec& cluster,
                              const InputPart& jobs);

}  // namespace cusched::admission
