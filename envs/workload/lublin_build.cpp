// SPDX-License-Identifier: MIT
#include <algorithm>

#include "cuda/error.h"
#include "cuda/portable_math.h"
#include "envs/workload/generator_parts.h"
#include "envs/workload/lublin_parts.h"
#include "envs/workload/tables.h"

namespace cusched {

double two_stage_cdf(const LublinParams& p, double x) {
  const auto uniform = [x](double low, double high) {
    return x <= low ? 0.0 : (x >= high ? 1.0 : (x - low) / (high - low));
  };
  return p.first * uniform(p.low, p.med) + (1.0 - p.first) * uniform(p.med, p.high);
}

std::vector<double> lublin_sizes(const LublinParams& p, int64_t max_procs) {
  std::vector<double> weights(static_cast<size_t>(max_procs), 0.0);
  // 2^x rounded to n: x from log2(n - 1/2) to log2(n + 1/2).
  double below = two_stage_cdf(p, portable_log2(0.5));
  for (int64_t n = 1; n <= max_procs; ++n) {
    const double up_to =
        n == max_procs ? 1.0 : two_stage_cdf(p, portable_log2(static_cast<double>(n) + 0.5));
    weights[static_cast<size_t>(n - 1)] = (1.0 - p.serial - p.pow2) * (up_to - below);
    below = up_to;
  }
  below = 0.0;
  for (int k = 0; k < 32 && (int64_t{1} << k) <= max_procs; ++k) {
    const bool last = (int64_t{2} << k) > max_procs;
    const double up_to = last ? 1.0 : two_stage_cdf(p, k + 0.5);
    weights[static_cast<size_t>((int64_t{1} << k) - 1)] += p.pow2 * (up_to - below);
    below = up_to;
  }
  weights[0] += p.serial;
  return weights;
}

std::vector<double> lublin_day(const LublinParams& p) {
  std::vector<double> weights(kLublinBuckets, 0.0);
  double sum = 0.0;
  for (int i = kLublinFirstBucket; i < kLublinFirstBucket + kLublinBuckets; ++i) {
    const double weight = gamma_tails(p.day_shape, (i + 0.5) / p.day_scale).lower -
                          gamma_tails(p.day_shape, (i - 0.5) / p.day_scale).lower;
    weights[static_cast<size_t>((i - 1) % kLublinBuckets)] = weight;
    sum += weight;
  }
  for (double& weight : weights) weight *= kLublinBuckets / sum;
  return weights;
}

LublinParams with_sizes(LublinParams params, int64_t max_procs) {
  if (params.high == 0) params.high = portable_log2(static_cast<double>(max_procs));
  // On machines so small that the authors' rule leaves no first stage, half way.
  if (params.med == 0) params.med = std::max(params.high - 2.5, 0.5 * (params.low + params.high));
  if (params.high < params.low) params.low = params.med = params.high;
  return params;
}

void validate_lublin(const LublinParams& p) {
  const std::string where = "workload lublin";
  check_probability(p.serial, where, "serial");
  check_range(p.pow2, 0, 1.0 - p.serial, where, "pow2");
  check_range(p.low, 0, 20, where, "low");
  check_range(p.med, 0, 20, where, "med");
  check_range(p.high, 0, 20, where, "high");
  check_probability(p.first, where, "first");
  const auto gamma = [&](double value, double high, const char* field) {
    check_range(value, 1e-3, high, where, field);
  };
  gamma(p.a1, 1e5, "a1");
  gamma(p.b1, 1e3, "b1");
  gamma(p.a2, 1e5, "a2");
  gamma(p.b2, 1e3, "b2");
  check_range(p.pa, -1e3, 1e3, where, "pa");
  check_range(p.pb, -1e3, 1e3, where, "pb");
  check_range(p.log_max_run, 1, 20, where, "log_max_run");
  gamma(p.gap_shape, 1e5, "gap_shape");
  gamma(p.gap_scale, 1e3, "gap_scale");
  gamma(p.gap_ratio, 1e3, "gap_ratio");
  check_range(p.log_max_gap, 1, 15, where, "log_max_gap");
  check_range(p.gap_factor, 1e-6, 1e6, where, "gap_factor");
  gamma(p.day_shape, 1e5, "day_shape");
  gamma(p.day_scale, 1e3, "day_scale");
  // The tables need the truncated distributions to have some probability left.
  if (gamma_tails(p.a1, p.log_max_run / p.b1).lower < 1e-6 ||
      gamma_tails(p.a2, p.log_max_run / p.b2).lower < 1e-6)
    throw InputError(where + ", log_max_run", "nearly all run times lie above e^log_max_run",
                     "Lower a1 * b1 and a2 * b2, or raise log_max_run");
  if (gamma_tails(p.gap_shape * p.gap_ratio, p.log_max_gap / p.gap_scale).lower < 1e-6)
    throw InputError(where + ", log_max_gap", "nearly all gaps lie above e^log_max_gap",
                     "Lower gap_shape * gap_scale, or raise log_max_gap");
}

Workload build_lublin(const LublinParams& given, const WorkloadConfig& config,
                      const ClusterCapacity& cluster) {
  constexpr double kSecondUnit = 1099511627776.0;  // 2^40 work units are one second
  validate_lublin(given);
  Workload w;
  w.name = "lublin";
  w.kind = SourceKind::kLublin;
  set_common(&w, {0.4, 0.3, 0.2, 0.1}, 0.1, {1000}, config, cluster);
  const std::string where = "workload lublin";
  check_range(config.load, 0, 1000, where, "load");
  check_range(static_cast<double>(config.max_procs), 0, 1 << 20, where, "max_procs");
  check_range(static_cast<double>(config.memory_per_proc_mib), 0, 1 << 20, where,
              "memory_per_proc_mib");

  // A rigid job runs on one node; the model's size is that of the largest.
  const NodeGroup& node = w.nodes[0];
  int64_t largest = std::min<int64_t>(node.cpu_milli / 1000, 1 << 20);
  if (config.memory_per_proc_mib > 0)
    largest = std::min(largest, node.memory_mib / config.memory_per_proc_mib);
  const int64_t max_procs = config.max_procs > 0 ? config.max_procs : largest;
  if (max_procs > largest || max_procs < 1)
    throw InputError(where + ", max_procs",
                     "jobs of up to " + std::to_string(max_procs) +
                         " processors, but the largest node holds " + std::to_string(largest),
                     "Use one node with all processors, or a smaller max_procs");
  const LublinParams p = with_sizes(given, max_procs);
  if (!(p.low <= p.med && p.med <= p.high))
    throw InputError(where + ", med", "not between low and high",
                     "Give low <= med <= high, or leave med and high out");

  const std::vector<double> sizes = lublin_sizes(p, max_procs);
  w.size_cdf = cumulative_thresholds(sizes);
  w.run_short = log_gamma_table(p.a1, p.b1, p.log_max_run, 65536.0);
  w.run_long = log_gamma_table(p.a2, p.b2, p.log_max_run, 65536.0);
  // A value above the limit is redrawn with its gamma, so the gamma with more values below the
  // limit is taken more often than p.
  const double keep1 = gamma_tails(p.a1, p.log_max_run / p.b1).lower;
  const double keep2 = gamma_tails(p.a2, p.log_max_run / p.b2).lower;
  const double run1 = table_mean(w.run_short, 16, 1), run2 = table_mean(w.run_long, 16, 1);
  TemplateMeans mean;
  mean.name = "all";
  mean.pods = 1;
  double work = 0;  // E[processors x run time]
  for (int64_t n = 1; n <= max_procs; ++n) {
    const double linear = std::clamp(p.pa * static_cast<double>(n) + p.pb, 0.0, 1.0);
    const double first = linear * keep1 / (linear * keep1 + (1.0 - linear) * keep2);
    w.short_run.push_back(probability_threshold(first));
    const double run = first * run1 + (1.0 - first) * run2;
    const double share = sizes[static_cast<size_t>(n - 1)];
    mean.run_s += share * run;
    mean.cpu_milli += share * static_cast<double>(n) * 1000.0;
    work += share * static_cast<double>(n) * run;
  }
  mean.memory_mib = mean.cpu_milli / 1000.0 * static_cast<double>(config.memory_per_proc_mib);

  w.gap = log_gamma_table(p.gap_shape * p.gap_ratio, p.gap_scale, p.log_max_gap, kSecondUnit);
  const double gap_s = table_mean(w.gap, 24, 0) / 65536.0 * p.gap_factor;
  const auto demand = [&](double jobs_per_s) {
    set_load(&w, cluster, jobs_per_s * work * 1000.0,
             jobs_per_s * work * static_cast<double>(config.memory_per_proc_mib), {0.0});
  };
  demand(1.0 / gap_s);
  const double factor = config.load > 0 ? config.load / w.offered_load : 1.0;
  demand(factor / gap_s);
  mean.jobs_per_day = factor / gap_s * 86400.0;
  check_range(mean.jobs_per_day, 0.01, 86400e3, where, "jobs a day at this load");
  w.means = {mean};

  std::vector<double> day = lublin_day(p);
  for (int b = 0; b < kLublinBuckets; ++b)
    w.jobs_per_hour[b / 2] += 0.5 * day[b] * factor / gap_s * 3600.0;
  for (double& weight : day) weight *= factor / p.gap_factor;
  w.rate = integer_rates(day, kSecondUnit);
  w.scalars.arrivals.bucket_s = kDaySeconds / kLublinBuckets;
  w.scalars.lublin.max_procs = static_cast<int32_t>(max_procs);
  w.scalars.lublin.memory_per_proc_mib = static_cast<int32_t>(config.memory_per_proc_mib);
  return w;
}

}  // namespace cusched
