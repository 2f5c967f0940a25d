// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "envs/cluster_state.h"

namespace cusched {

// A cluster as inline SVG: a cell for each GPU, filled from below by the pods that have a part of
// it, then by what fragmentation makes useless; CPU and memory of each node as bars below. Where
// things are depends on the nodes alone, so that pictures of one cluster can be compared. `id`:
// unique in the document. Pods are named by `pod_names` (rows of the pod list). No nodes give "".
std::string placement_picture(const std::string& title, const std::string& id,
                              const ClusterState& cluster,
                              const std::vector<std::string>& pod_names);

// CSS of the picture's classes, on top of plot_style().
std::string placement_style();

}  // namespace cusched
