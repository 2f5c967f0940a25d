// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "envs/workload/workload.h"

// Which workloads come from files. Internal to envs/workload.
namespace cusched {

// Whether a workload of this name is what a file holds, e.g. "swf".
bool workload_of_file(const std::string& name);

// The SWF trace to which lublin is fitted. Throws InputError for a file of another format.
Trace fit_trace(const WorkloadConfig& config);

}  // namespace cusched
