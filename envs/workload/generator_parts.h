// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "envs/workload/workload.h"

// What the builders of the generators share. Internal to envs/workload.
namespace cusched {

inline constexpr int64_t kMaxJobs = int64_t{1} << 30;  // of a trace or of an episode

// Checks the totals and the nodes and returns the nodes with the largest first.
std::vector<NodeGroup> checked_nodes(const ClusterCapacity& cluster);

// Tenants, classes, estimates, nodes, job limit.
void set_common(Workload* workload, const std::vector<double>& tenants, double urgent,
                const std::vector<int>& estimate, const WorkloadConfig& config,
                const ClusterCapacity& cluster);

// Quantiles at equal steps of probability -> kKnots values.
std::vector<uint16_t> knots_of(const std::vector<int>& quantiles);

// Rates (jobs/s or s/s by bucket) -> integer work units per 2^-16 s; `unit` work units are one job
// or one second.
std::vector<int64_t> integer_rates(const std::vector<double>& per_s, double unit);

// Checks of fields: throw InputError(where + ", " + field).
void check_probability(double p, const std::string& where, const std::string& field);
void check_range(double value, double low, double high, const std::string& where,
                 const std::string& field);
void check_quantiles(const std::vector<int>& q, const std::string& where, const std::string& field);
void check_shares(const std::vector<double>& shares, size_t most, const std::string& where,
                  const std::string& field);

// Load over capacity; 0 where the cluster has none of a resource and none is asked for. GPUs: by
// number of the set of models that jobs ask for (Workload::gpu_sets); the load is the largest over
// sets, of jobs that can run on no other models, over the GPUs of these.
void set_load(Workload* workload, const ClusterCapacity& cluster, double cpu_milli_s_per_s,
              double memory_mib_s_per_s, const std::vector<double>& gpu_s_per_s);

}  // namespace cusched
