// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "envs/cluster_spec.h"
#include "envs/option_values.h"
#include "envs/workload/workload.h"
#include "envs/workload_summary.h"

// Which of the settings of `admission` say where jobs come from, and what they mean.
namespace cusched::admission {

double load_of(const OptionValues& v, const WorkloadConfig& w, int member, int members);

// All but the load, which differs by member. The workload's file is read. An evaluation deals the
// windows of a trace evenly to `batch`'s environments.
WorkloadConfig workload_config(const OptionValues& v, const BatchOptions& batch);

// s; 0: never. Windows of a trace end by themselves.
int32_t horizon_of(const OptionValues& v, const Workload& workload, int member, int members);

// Running jobs a lane has to hold: those that run already when a window begins and the window's, as
// many of them as the cluster has room for. 0 where no window begins with running jobs.
int64_t running_with_warm_up(const Workload& workload, const ClusterCapacity& cluster);

// Jobs of an episode: exact for a window, else more than nearly any episode of `horizon_s` has.
int64_t expected_jobs(const Workload& w, int64_t horizon_s);

WorkloadSummary summary(const WorkloadConfig& config, const ClusterSpec& cluster,
                        const Workload& workload);

}  // namespace cusched::admission
