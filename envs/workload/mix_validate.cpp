// SPDX-License-Identifier: MIT
#include <numeric>

#include "cuda/error.h"
#include "envs/readers/gpu_spec.h"
#include "envs/workload/generator_parts.h"

namespace cusched {
namespace {

void check_span(const Range& range, int64_t low, int64_t high, const std::string& where,
                const std::string& field) {
  check_range(static_cast<double>(range.low), static_cast<double>(low), static_cast<double>(high),
              where, field);
  check_range(static_cast<double>(range.high), static_cast<double>(range.low),
              static_cast<double>(high), where, field + " (upper end)");
}

void check_template(const TemplateSpec& t, const std::string& where) {
  if (t.name.empty())
    throw InputError(where + ", name", "a template has no name", "Give every template a name");
  check_span(t.cpu_milli, 0, kMaxSize, where, "cpu_milli");
  check_span(t.memory_mib, 0, kMaxSize, where, "memory_mib");
  check_span(t.run_s, 1, kMaxSize, where, "run_s");
  check_span(t.priority, 0, kMaxPriority, where, "priority");
  check_range(t.jitter, 0, 1, where, "jitter");
  check_range(static_cast<double>(t.cpu_floor_milli), 0, kMaxSize, where, "floors.cpu_milli");
  check_range(static_cast<double>(t.memory_floor_mib), 0, kMaxSize, where, "floors.memory_mib");
  check_range(static_cast<double>(t.run_floor_s), 1, kMaxSize, where, "floors.run_s");
  check_probability(t.gang, where, "gang.probability");
  check_span(t.gang_pods, 1, kMaxPods, where, "gang.pods");
  check_shares(t.gpus, kGpuChoices, where, "gpus");
  const double with_gpus = std::accumulate(t.gpus.begin() + 1, t.gpus.end(), 0.0);
  if (!gpu_spec_names(t.gpu_model, where + ", gpu_model").empty() && with_gpus == 0)
    throw InputError(where + ", gpu_model", "its jobs have no GPUs",
                     "Give gpus, e.g. [0.5, 0.5], or leave the model out");
  check_quantiles(t.cpu_use, where, "cpu_use");
  check_quantiles(t.memory_use, where, "memory_use");
  check_probability(t.spike, where, "spike.probability");
  check_quantiles(t.memory_spike, where, "spike.use");
  check_range(t.memory_limit, 0, 65535, where, "memory_limit");
}

}  // namespace

void validate_mix(const MixSpec& spec, const std::string& where) {
  if (spec.templates.empty() || spec.templates.size() > kMaxTemplates)
    throw InputError(where + ", templates", std::to_string(spec.templates.size()) + " templates",
                     "Give 1 to " + std::to_string(kMaxTemplates));
  for (size_t i = 0; i < spec.templates.size(); ++i) {
    const TemplateSpec& t = spec.templates[i];
    check_template(t, where + ", template '" + t.name + "'");
    for (size_t j = 0; j < i; ++j)
      if (spec.templates[j].name == t.name)
        throw InputError(where + ", templates", "two templates are called '" + t.name + "'",
                         "Give each its own name");
  }
  if (spec.shares.size() != 24)
    throw InputError(where + ", mix", "shares for " + std::to_string(spec.shares.size()) + " hours",
                     "Give shares for all 24 hours");
  double jobs = 0;
  for (int hour = 0; hour < 24; ++hour) {
    const std::string field = "mix of hour " + std::to_string(hour);
    check_range(spec.rate_per_hour[hour], 0, 1e6, where, field + ", rate");
    if (spec.shares[hour].size() != spec.templates.size())
      throw InputError(where + ", " + field, "not one share a template", "Give a share for each");
    double sum = 0;
    for (const double share : spec.shares[hour]) {
      check_range(share, 0, 1e9, where, field + ", shares");
      sum += share;
    }
    if (spec.burst > 0 || spec.rate_per_hour[hour] > 0) {
      if (!(sum > 0))
        throw InputError(where + ", " + field, "jobs arrive, but all shares are 0",
                         "Give a share to at least one template, or the rate 0");
    }
    jobs += spec.rate_per_hour[hour];
  }
  if (spec.burst == 0 && !(jobs > 0))
    throw InputError(where + ", mix", "no job ever arrives", "Give at least one hour a rate > 0");
  check_range(spec.burst, 0, 1000000, where, "arrivals.burst");
  if (spec.burst > 0) {
    check_range(spec.burst_period_s, 1, 1e9, where, "arrivals.period_s");
    check_range(spec.burst_spacing_s, 0, spec.burst_period_s / spec.burst, where,
                "arrivals.spacing_s");
  }
  check_range(spec.load, 0, 1000, where, "load");
  check_shares(spec.tenants, kMaxTenants, where, "tenants");
  check_probability(spec.urgent, where, "urgent");
  check_quantiles(spec.estimate, where, "estimate");
}

}  // namespace cusched
