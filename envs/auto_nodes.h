// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "envs/cluster_spec.h"

namespace cusched {

// A cluster for the open trace of `workload`, by its jobs alone. SWF: pool_of. Else equal nodes
// that each hold the largest pod (of whole cores and GiB), as many as give what is scarcest an
// offered load of about 0.9 over the time in which jobs arrive, and as hold the largest gang; a
// note says what that is. Throws InputError(where) where there is no trace.
ClusterSpec auto_nodes(const WorkloadConfig& workload, const std::string& where);

// What the setting `nodes` says: pool, auto, or parse_cluster's text.
ClusterSpec nodes_of(const std::string& text, const WorkloadConfig& workload,
                     const std::string& where);

}  // namespace cusched
