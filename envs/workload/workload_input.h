// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "envs/inputs.h"
#include "envs/workload/workload.h"

namespace cusched {

// What jobs a training sees, as a part of Batch::inputs: "trace" with its jobs as they were read,
// or "workload" with the tables that generate them. `workloads`: one for each different load;
// `file`: the trace or the mix, may be empty.
InputPart workload_input(const std::vector<const Workload*>& workloads, const std::string& file);

}  // namespace cusched
