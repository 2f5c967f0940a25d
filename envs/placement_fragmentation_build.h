// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "envs/env.h"
#include "envs/placement_fragmentation.h"
#include "envs/readers/openb.h"

namespace cusched::placement {

// The most frequent pods of a list by (CPU, milli, GPUs, gpu_spec) until they are 95 % of it, in
// descending order of (count, CPU, milli, GPUs, gpu_spec), with frequencies that sum to 1.
std::vector<TypicalPod> typical_pods(const std::vector<OpenbPod>& pods);

// `models`: GPU models of the nodes.
FragView make_fragmentation(const std::vector<TypicalPod>& typical, int models,
                            const Upload& upload);

// Least x (milli) of which trunc(100 * sigmoid(x / 1000)) is k, for k = 0..100, in doubles as the
// reference computes it; -inf for 0, +inf where there is none.
std::vector<double> score_thresholds();

}  // namespace cusched::placement
