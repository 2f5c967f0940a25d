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

// All but the load, which differs by member. The workload's file is read.
WorkloadConfig workload_config(const OptionValues& v);

// Jobs of an episode: exact for a window, else more than nearly any episode of `horizon_s` has.
int64_t expected_jobs(const Workload& w, int64_t horizon_s);

WorkloadSummary summary(const WorkloadConfig& config, const ClusterSpec& cluster,
                        const Workload& workload);

}  // namespace cusched::admission
