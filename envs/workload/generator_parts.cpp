// SPDX-License-Identifier: MIT
#include "envs/workload/generator_parts.h"

#include <algorithm>
#include <cstdio>

#include "cuda/error.h"
#include "envs/workload/tables.h"

namespace cusched {
namespace {

std::string number(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", x);
  return text;
}

}  // namespace

void check_range(double value, double low, double high, const std::string& where,
                 const std::string& field) {
  if (value >= low && value <= high) return;  // false for NaN too
  throw InputError(where + ", " + field, number(value) + " is out of range",
                   "Give a number from " + number(low) + " to " + number(high));
}

void check_probability(double p, const std::string& where, const std::string& field) {
  check_range(p, 0, 1, where, field);
}

void check_quantiles(const std::vector<int>& q, const std::string& where,
                     const std::string& field) {
  if (q.empty() || q.size() > kKnots)
    throw InputError(where + ", " + field, std::to_string(q.size()) + " numbers",
                     "Give 1 to 33 rising numbers per mille, e.g. [500, 1050]");
  for (size_t i = 0; i < q.size(); ++i) {
    check_range(q[i], 0, 65535, where, field);
    if (i > 0 && q[i] < q[i - 1])
      throw InputError(where + ", " + field, "the numbers fall", "Sort them in rising order");
  }
}

void check_shares(const std::vector<double>& shares, size_t most, const std::string& where,
                  const std::string& field) {
  double sum = 0;
  for (const double share : shares) {
    check_range(share, 0, 1e9, where, field);
    sum += share;
  }
  if (shares.empty() || shares.size() > most || !(sum > 0))
    throw InputError(where + ", " + field,
                     std::to_string(shares.size()) + " shares that sum to " + number(sum),
                     "Give 1 to " + std::to_string(most) + " shares, not all of them 0");
}

std::vector<NodeGroup> checked_nodes(const ClusterCapacity& cluster) {
  const std::string where = "cluster";
  check_range(static_cast<double>(cluster.cpu_milli), 1, 2147483647, where, "cpu_milli");
  check_range(static_cast<double>(cluster.memory_mib), 0, 2147483647, where, "memory_mib");
  check_range(static_cast<double>(cluster.gpus), 0, 32767, where, "gpus");
  std::vector<NodeGroup> nodes;
  for (const NodeGroup& node : cluster.nodes) {
    check_range(node.cpu_milli, 0, 2147483647, where, "node cpu_milli");
    check_range(node.memory_mib, 0, 2147483647, where, "node memory_mib");
    check_range(node.gpus, 0, 32767, where, "node gpus");
    check_range(node.count, 0, 1000000, where, "node count");
    if (node.count > 0) nodes.push_back(node);
  }
  if (nodes.empty())
    nodes.push_back({static_cast<int32_t>(cluster.cpu_milli),
                     static_cast<int32_t>(cluster.memory_mib), static_cast<int32_t>(cluster.gpus),
                     1});
  std::stable_sort(nodes.begin(), nodes.end(), [](const NodeGroup& a, const NodeGroup& b) {
    if (a.cpu_milli != b.cpu_milli) return a.cpu_milli > b.cpu_milli;
    if (a.memory_mib != b.memory_mib) return a.memory_mib > b.memory_mib;
    return a.gpus > b.gpus;
  });
  return nodes;
}

std::vector<uint16_t> knots_of(const std::vector<int>& quantiles) {
  std::vector<uint16_t> knots(kKnots);
  const int steps = static_cast<int>(quantiles.size()) - 1;
  for (int i = 0; i < kKnots; ++i) {
    const int position = i * steps;
    const int low = position / (kKnots - 1), part = position % (kKnots - 1);
    const int a = quantiles[low], b = quantiles[std::min(low + 1, steps)];
    knots[i] = static_cast<uint16_t>(a + ((b - a) * part + (kKnots - 1) / 2) / (kKnots - 1));
  }
  return knots;
}

std::vector<int64_t> integer_rates(const std::vector<double>& per_s, double unit) {
  std::vector<int64_t> rates;
  for (const double rate : per_s) {
    const double x = rate * unit / 65536.0;
    CUSCHED_CHECK(x >= 0 && x < 4e18, "an arrival rate does not fit 64 bits",
                  "there are more jobs a second than any cluster can take");
    rates.push_back(rate > 0 ? std::max<int64_t>(1, static_cast<int64_t>(x + 0.5)) : 0);
  }
  return rates;
}

void set_common(Workload* workload, const std::vector<double>& tenants, double urgent,
                const std::vector<int>& estimate, const WorkloadConfig& config,
                const ClusterCapacity& cluster) {
  const std::string where = "workload " + workload->name;
  check_range(static_cast<double>(config.job_limit), 0, kMaxJobs, where, "job_limit");
  workload->tenants = config.tenants.empty() ? tenants : config.tenants;
  check_shares(workload->tenants, kMaxTenants, where, "tenants");
  if (config.urgent != -1) urgent = config.urgent;
  check_probability(urgent, where, "urgent");
  const std::vector<int>& guess = config.estimate.empty() ? estimate : config.estimate;
  check_quantiles(guess, where, "estimate");

  workload->tenant_cdf = cumulative_thresholds(workload->tenants);
  workload->estimate = knots_of(guess);
  workload->nodes = checked_nodes(cluster);
  workload->scalars.kind = workload->kind;
  workload->scalars.job_limit = static_cast<int32_t>(config.job_limit);
  workload->scalars.common.tenants = static_cast<int32_t>(workload->tenants.size());
  workload->scalars.common.node_groups = static_cast<int32_t>(workload->nodes.size());
  workload->scalars.common.urgent = probability_threshold(urgent);
  workload->total_jobs = workload->window_jobs = config.job_limit;
}

void set_load(Workload* workload, const ClusterCapacity& cluster, double cpu, double memory,
              const std::vector<double>& gpu) {
  const auto load = [](double demand, int64_t capacity) {
    return capacity > 0 ? demand / static_cast<double>(capacity) : 0.0;
  };
  workload->load_cpu = load(cpu, cluster.cpu_milli);
  workload->load_memory = load(memory, cluster.memory_mib);
  workload->load_gpu = 0;
  for (size_t s = 0; s < gpu.size(); ++s) {
    const GpuModelBits models = workload->gpu_sets[s];
    double demand = 0;
    for (size_t t = 0; t < gpu.size(); ++t)
      if ((workload->gpu_sets[t] & ~models) == 0) demand += gpu[t];
    int64_t gpus = s == 0 ? cluster.gpus : 0;  // of every model
    for (const NodeGroup& node : cluster.nodes)
      if (s > 0 && (node.model_bit & models) != 0) gpus += int64_t{node.gpus} * node.count;
    workload->load_gpu = std::max(workload->load_gpu, load(demand, gpus));
  }
  workload->offered_load =
      std::max({workload->load_cpu, workload->load_memory, workload->load_gpu});
}

}  // namespace cusched
