// SPDX-License-Identifier: MIT
#include "envs/workload/workload_input.h"

#include <filesystem>
#include <iterator>

namespace cusched {
namespace {

void add(ContentHash& hash, const Span& span) { hash.add(span.low).add(span.span); }

// Field by field: the struct has padding.
void add(ContentHash& hash, const JobTemplate& t) {
  for (const Span& span : {t.cpu_milli, t.memory_mib, t.run_s, t.priority, t.pods}) add(hash, span);
  for (const int32_t value : {t.cpu_floor, t.memory_floor, t.run_floor, t.jitter_q16})
    hash.add(value);
  hash.add(t.gang).add(t.spike).add(t.memory_limit).add(t.type);
  hash.add(std::vector<uint32_t>(std::begin(t.gpu_cdf), std::end(t.gpu_cdf)));
  for (const auto& knots : {t.cpu_use, t.memory_use, t.memory_spike})
    hash.add(std::vector<uint16_t>(knots, knots + kKnots));
}

void add(ContentHash& hash, const Workload& w) {
  const SourceView& v = w.scalars;
  hash.add(w.kind).add(v.job_limit).add(v.arrivals.bucket_s).add(v.arrivals.burst);
  hash.add(v.arrivals.period_q16).add(v.arrivals.spacing_q16);
  hash.add(v.common.tenants).add(v.common.urgent);
  hash.add(v.lublin.max_procs).add(v.lublin.memory_per_proc_mib);
  for (const auto* table : {&w.gap, &w.rate, &w.normal, &w.run_short, &w.run_long})
    hash.add(*table);
  for (const auto* table : {&w.choice, &w.tenant_cdf, &w.size_cdf, &w.short_run}) hash.add(*table);
  hash.add(w.estimate);
  for (const JobTemplate& one : w.templates) add(hash, one);
  if (w.gpu_sets.size() == 1) return;  // the hash of workloads that name no GPU models
  hash.add(w.gpu_sets);
  for (const JobTemplate& one : w.templates) hash.add(one.gpu_model);
}

}  // namespace

InputPart workload_input(const std::vector<const Workload*>& workloads, const std::string& file) {
  const Workload& first = *workloads.front();
  ContentHash hash;
  InputPart part;
  part.from = std::filesystem::path(file).filename().string();
  if (first.kind == SourceKind::kTrace) {
    part.name = "trace";
    part.text = count_text(static_cast<int64_t>(first.rows.size()), "job");
    hash.add(first.rows).add(first.trace_submit);  // windows and loads are settings
    if (first.gpu_sets.size() > 1) hash.add(first.gpu_sets);
  } else {
    part.name = "workload";
    part.text = first.kind == SourceKind::kLublin
                    ? "jobs of Lublin's model"
                    : count_text(static_cast<int64_t>(first.templates.size()), "job template");
    for (const Workload* workload : workloads) add(hash, *workload);
  }
  part.hash = hash.text();
  return part;
}

}  // namespace cusched
