// SPDX-License-Identifier: MIT
#pragma once

#include "envs/workload/workload.h"

// Internal to envs/workload.
namespace cusched {

// Makes the windows of `workload`, which build_trace has made of `trace`, differ from the record as
// config.augment says. Only jobs in Workload::played are looked at. A model is Lublin's where these
// are rigid jobs of processors and it can be fitted, else their rows and gaps are resampled; a note
// says which.
void set_augment(const Trace& trace, const WorkloadConfig& config, const ClusterCapacity& cluster,
                 Workload* workload);

}  // namespace cusched
