// SPDX-License-Identifier: MIT
#include "envs/workload/workload.h"

#include "cuda/error.h"
#include "envs/workload/generator_parts.h"
#include "envs/workload/workload_file.h"

namespace cusched {
namespace {

template <class T>
const T* put(const Upload& upload, const std::vector<T>& values) {
  if (values.empty()) return nullptr;
  return static_cast<const T*>(upload(values.data(), values.size() * sizeof(T)));
}

}  // namespace

SourceView Workload::view(const Upload& upload) const {
  SourceView v = scalars;
  v.arrivals.gap = put(upload, gap);
  v.arrivals.rate = put(upload, rate);
  v.common.tenant_cdf = put(upload, tenant_cdf);
  v.common.estimate = put(upload, estimate);
  v.common.nodes = put(upload, nodes);
  v.mix.templates = put(upload, templates);
  v.mix.choice = put(upload, choice);
  v.mix.normal = put(upload, normal);
  v.lublin.size_cdf = put(upload, size_cdf);
  v.lublin.short_run = put(upload, short_run);
  v.lublin.run_short = put(upload, run_short);
  v.lublin.run_long = put(upload, run_long);
  v.trace.rows = put(upload, rows);
  v.trace.submit = put(upload, trace_submit);
  v.trace.ranges = put(upload, ranges);
  v.trace.starts = put(upload, starts);
  v.trace.warm_rows = put(upload, warm_rows);
  v.trace.warm_begin = put(upload, warm_begin);
  if (v.augment.on) v.augment.gpu_sets = put(upload, gpu_sets);
  return v;
}

SourceView Workload::view() const {
  return view([](const void* data, size_t) { return data; });
}

Workload make_workload(const WorkloadConfig& config, const ClusterCapacity& cluster) {
  if (config.jobs != nullptr) return build_trace(*config.jobs, config, cluster);
  if (config.mix != nullptr) return build_mix(*config.mix, config, cluster);
  if (!config.file.empty() || workload_of_file(config.name)) {
    WorkloadConfig opened = config;
    open_workload(&opened, /*named=*/true, "workload");
    return make_workload(opened, cluster);
  }
  if (is_preset_mix(config.name)) return build_mix(preset_mix(config.name), config, cluster);
  if (config.name == "lublin") {
    LublinParams params = config.lublin;
    if (!config.fit_file.empty()) {
      const Trace trace = fit_trace(config);
      const int64_t count = config.fit_count > 0 ? config.fit_count : trace.size();
      params = fit_lublin(trace, config.fit_first, count);
    }
    return build_lublin(params, config, cluster);
  }
  throw InputError("workload", "no workload is called '" + config.name + "'",
                   "Use skrueue-templates, skrueue-templates-burst, skrueue-templates-uniform, "
                   "skrueue-sim, skrueue-legacy or lublin, or give --trace FILE");
}

}  // namespace cusched
