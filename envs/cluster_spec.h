// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "envs/node_capacity.h"
#include "envs/workload/workload.h"

namespace cusched {

// The nodes of a cluster, one by one, and by size as workloads want them.
struct ClusterSpec {
  std::vector<admission::NodeCapacity> nodes;
  ClusterCapacity capacity;
  std::vector<std::string> notes;  // what was assumed, for the user
};

// "4x32c128g2gpu+8x16c64g": 4 nodes of 32 cores, 128 GiB and 2 GPUs, and 8 of 16 cores, 64 GiB.
// "4x32c128g2gpu:A100": with the model of the GPUs: letters, digits, '-', '_', '.'; numbered in
// order of appearance, up to kMaxGpuModels.
// Throws InputError(where) when the text is malformed, or a node or the cluster too large.
ClusterSpec parse_cluster(const std::string& text, const std::string& where);

// One node with the processors of an HPC machine: MaxProcs of the open trace's header, else the
// larger of MaxNodes and its largest job, with a note; or max_procs of a generator; and their
// memory where it is modelled.
ClusterSpec pool_of(const WorkloadConfig& workload, const std::string& where);

// E.g. "14 nodes, 288 cores, 1,152 GiB, 8 GPUs"; with models "..., 8 GPUs (4 A100, 4 H100)".
std::string cluster_text(const ClusterSpec& spec);

}  // namespace cusched
