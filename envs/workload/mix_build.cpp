// SPDX-License-Identifier: MIT
#include <algorithm>

#include "cuda/error.h"
#include "envs/workload/generator_parts.h"
#include "envs/workload/gpu_sets.h"
#include "envs/workload/tables.h"

namespace cusched {
namespace {

constexpr double kJobUnit = 281474976710656.0;  // 2^48 work units are one job of an exponential gap

Span span_of(const Range& range) {
  return {static_cast<int32_t>(range.low), static_cast<int32_t>(range.high - range.low + 1)};
}

JobTemplate template_of(const TemplateSpec& spec) {
  JobTemplate t;
  t.cpu_milli = span_of(spec.cpu_milli);
  t.memory_mib = span_of(spec.memory_mib);
  t.run_s = span_of(spec.run_s);
  t.priority = span_of(spec.priority);
  t.cpu_floor = static_cast<int32_t>(spec.cpu_floor_milli);
  t.memory_floor = static_cast<int32_t>(spec.memory_floor_mib);
  t.run_floor = static_cast<int32_t>(spec.run_floor_s);
  t.jitter_q16 = static_cast<int32_t>(spec.jitter * 65536.0 + 0.5);
  t.gang = probability_threshold(spec.gang);
  t.pods = span_of(spec.gang_pods);
  std::vector<double> gpus = spec.gpus;
  gpus.resize(kGpuChoices, 0.0);
  const std::vector<uint32_t> gpu_cdf = cumulative_thresholds(gpus);
  std::copy(gpu_cdf.begin(), gpu_cdf.end(), t.gpu_cdf);
  const auto knots = [](const std::vector<int>& quantiles, uint16_t* to) {
    const std::vector<uint16_t> from = knots_of(quantiles);
    std::copy(from.begin(), from.end(), to);
  };
  knots(spec.cpu_use, t.cpu_use);
  knots(spec.memory_use, t.memory_use);
  knots(spec.memory_spike, t.memory_spike);
  t.spike = probability_threshold(spec.spike);
  t.memory_limit = static_cast<uint16_t>(spec.memory_limit);
  t.type = spec.type;
  return t;
}

// The GPU models of the templates, where the cluster has any.
void set_gpu_models(Workload* w, const MixSpec& spec, const std::vector<std::string>& models) {
  std::string ignored;
  for (size_t i = 0; i < spec.templates.size(); ++i) {
    const TemplateSpec& t = spec.templates[i];
    const std::string where = "workload " + spec.name + ", template '" + t.name + "', gpu_model";
    const GpuModelBits bits = gpu_bits(t.gpu_model, models, where);
    if (bits == kEveryGpuModel) continue;
    if (models.empty()) {
      ignored += (ignored.empty() ? "" : ", ") + t.name;
      continue;
    }
    if (bits == 0)
      throw InputError(where, "no node has a GPU of " + t.gpu_model,
                       "The nodes have " + model_list(models));
    w->templates[i].models = bits;
    w->templates[i].gpu_model = static_cast<uint8_t>(gpu_set_number(bits, &w->gpu_sets, where));
  }
  if (!ignored.empty())
    w->notes.push_back("the cluster's nodes have no GPU models: any GPU will do for jobs of " +
                       ignored);
}

// Means of what shape_job draws. The run time does not depend on the request: it is averaged over
// 1,024 strata of its integer times 256 of its jitter. The request (with gangs, GPUs and the cut to
// the cluster) is averaged over 2^16 points of a lattice in six dimensions (multiples of powers of
// 1/g, g^7 = g + 1: Kronecker's sequence), about 1e-4 exact.
TemplateMeans means_of(const CommonView& common, const JobTemplate& t, const int64_t* normal) {
  TemplateMeans mean;
  const uint32_t jitters = t.jitter_q16 > 0 ? 256 : 1;
  for (uint32_t i = 0; i < 1024; ++i) {
    const int32_t run = draw_span(t.run_s, (i << 22) | 0x200000u);
    for (uint32_t j = 0; j < jitters; ++j) {
      mean.run_s += jitters == 1 ? run
                                 : jittered(run, t.jitter_q16,
                                            quantile(normal, (j << 24) | 0x800000u), t.run_floor);
    }
  }
  mean.run_s /= 1024.0 * jitters;

  constexpr double kG = 1.1127756842787055;
  constexpr int kPoints = 1 << 16, kUsed[6] = {1, 2, 4, 5, 10, 11};
  uint32_t step[6], v[12] = {};
  double alpha = 1.0;
  for (int d = 0; d < 6; ++d) {
    alpha /= kG;
    step[d] = static_cast<uint32_t>(alpha * 4294967296.0) | 1u;
    v[kUsed[d]] = 0x80000000u;
  }
  Job job{};
  for (int i = 0; i < kPoints; ++i) {
    for (int d = 0; d < 6; ++d) v[kUsed[d]] += step[d];
    // The two halves of number 11 are two more dimensions: mix the low one with the counter.
    const uint32_t pods_and_gpus = v[11];
    v[11] = (pods_and_gpus & 0xffff0000u) | ((static_cast<uint32_t>(i) * 40503u) & 0xffffu);
    shape_job(common, t, normal, v, &job);
    v[11] = pods_and_gpus;
    mean.pods += job.pods();
    mean.cpu_milli += static_cast<double>(job.pods()) * job.cpu_milli;
    mean.memory_mib += static_cast<double>(job.pods()) * job.memory_mib;
    mean.gpus += static_cast<double>(job.pods()) * job.gpus;
  }
  mean.pods /= kPoints;
  mean.cpu_milli /= kPoints;
  mean.memory_mib /= kPoints;
  mean.gpus /= kPoints;
  return mean;
}

}  // namespace

Workload build_mix(const MixSpec& spec, const WorkloadConfig& config,
                   const ClusterCapacity& cluster) {
  const std::string where = "workload " + spec.name;
  validate_mix(spec, where);
  check_range(config.load, 0, 1000, where, "load");
  Workload w;
  w.name = spec.name;
  w.kind = SourceKind::kMix;
  set_common(&w, spec.tenants, spec.urgent, spec.estimate, config, cluster);
  w.normal = standard_normal_table_q32();
  const size_t count = spec.templates.size();
  w.scalars.mix.count = static_cast<int32_t>(count);
  for (const TemplateSpec& t : spec.templates) {
    w.templates.push_back(template_of(t));
    if (t.gang > 0) w.max_pods = std::max(w.max_pods, static_cast<int>(t.gang_pods.high));
  }
  set_gpu_models(&w, spec, cluster.gpu_models);
  for (int hour = 0; hour < 24; ++hour) {
    // An hour without shares and without jobs still needs thresholds.
    std::vector<double> shares = spec.shares[hour];
    if (std::all_of(shares.begin(), shares.end(), [](double s) { return s == 0; })) shares[0] = 1;
    const std::vector<uint32_t> cdf = cumulative_thresholds(shares);
    w.choice.insert(w.choice.end(), cdf.begin(), cdf.end());
  }

  // Jobs per hour and template as they are stated, then scaled to the offered load.
  CommonView common = w.scalars.common;
  common.nodes = w.nodes.data();
  double cpu = 0, memory = 0;  // demand: request x run time per second
  std::vector<double> gpu(w.gpu_sets.size());
  for (size_t i = 0; i < count; ++i) {
    TemplateMeans mean = means_of(common, w.templates[i], w.normal.data());
    mean.name = spec.templates[i].name;
    for (int hour = 0; hour < 24; ++hour) {
      double total = 0;
      for (const double share : spec.shares[hour]) total += share;
      const double rate =
          spec.burst > 0 ? spec.burst * 3600.0 / spec.burst_period_s : spec.rate_per_hour[hour];
      if (total > 0) mean.jobs_per_day += rate * spec.shares[hour][i] / total;
    }
    const double per_s = mean.jobs_per_day * mean.run_s / 86400.0;
    cpu += per_s * mean.cpu_milli;
    memory += per_s * mean.memory_mib;
    gpu[w.templates[i].gpu_model] += per_s * mean.gpus;
    w.means.push_back(mean);
  }
  set_load(&w, cluster, cpu, memory, gpu);
  const double load = config.load > 0 ? config.load : spec.load;
  if (load > 0 && !(w.offered_load > 0))
    throw InputError(where + ", load", "its jobs ask for nothing the cluster has",
                     "Give templates a CPU or memory request, or leave the load out");
  const double factor = load > 0 ? load / w.offered_load : 1.0;
  for (double& demand : gpu) demand *= factor;
  set_load(&w, cluster, cpu * factor, memory * factor, gpu);
  for (TemplateMeans& mean : w.means) mean.jobs_per_day *= factor;

  ArrivalView& arrivals = w.scalars.arrivals;
  arrivals.bucket_s = 3600;
  if (spec.burst > 0) {
    const double period = spec.burst_period_s / factor;
    check_range(period, 1.0 / 1024, 1e9, where, "burst_period_s at this load");
    arrivals.burst = spec.burst;
    arrivals.period_q16 = static_cast<int64_t>(period * 65536.0 + 0.5);
    arrivals.spacing_q16 =
        static_cast<int64_t>(std::min(spec.burst_spacing_s, period / spec.burst) * 65536.0);
    for (double& rate : w.jobs_per_hour) rate = spec.burst * 3600.0 / period;
    return w;
  }
  std::vector<double> per_s;
  double per_day = 0;
  for (int hour = 0; hour < 24; ++hour) {
    w.jobs_per_hour[hour] = spec.rate_per_hour[hour] * factor;
    per_day += w.jobs_per_hour[hour];
    per_s.push_back(w.jobs_per_hour[hour] / 3600.0);
  }
  check_range(per_day, 0.01, 86400e3, where, "jobs a day at this load");
  w.rate = integer_rates(per_s, kJobUnit);
  w.gap = exponential_table(kJobUnit);
  return w;
}

}  // namespace cusched
