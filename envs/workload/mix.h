// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/gpu_models.h"
#include "envs/job.h"
#include "envs/stream_ids.h"
#include "envs/workload/quantile.h"

namespace cusched {

inline constexpr int kGpuChoices = 9;         // 0..8 GPUs a pod
inline constexpr int32_t kMaxSize = 1 << 30;  // largest request, estimate or run time
inline constexpr int kMaxTemplates = 64;

// Uniform integers low..low + span - 1.
struct Span {
  int32_t low = 0;
  int32_t span = 1;
};

// How the jobs of one kind look. Every table can be replaced in YAML.
struct JobTemplate {
  Span cpu_milli, memory_mib, run_s, priority;
  int32_t cpu_floor = 1, memory_floor = 0, run_floor = 1;  // after the jitter
  int32_t jitter_q16 = 0;  // sigma of the normal factor on cpu, memory and run time, 2^-16
  uint32_t gang = 0;       // probability of a gang, 2^-32
  Span pods{1, 1};         // pods of a gang
  uint32_t gpu_cdf[kGpuChoices] = {};  // thresholds of 0, 1, ... GPUs a pod, 2^-32
  uint16_t cpu_use[kKnots] = {};       // per mille of the request really used
  uint16_t memory_use[kKnots] = {};
  uint32_t spike = 0;  // probability that memory use is drawn from memory_spike, 2^-32
  uint16_t memory_spike[kKnots] = {};
  uint16_t memory_limit = 0;  // per mille of the request; 0: no limit
  JobType type = JobType::kGeneric;
  uint8_t gpu_model = 0;                 // Job::gpu_model of those with GPUs ...
  GpuModelBits models = kEveryGpuModel;  // ... which says these
};

// Nodes of one size and GPU model; a pod has to fit on one.
struct NodeGroup {
  int32_t cpu_milli = 0, memory_mib = 0, gpus = 0, count = 0;
  GpuModelBits model_bit = gpu_model_bit(kNoGpuModel);
};

// What every generator draws beside the size of a job.
struct CommonView {
  const uint32_t* tenant_cdf = nullptr;  // (tenants) thresholds, 2^-32
  const uint16_t* estimate = nullptr;    // (kKnots) estimate as per mille of the run time
  const NodeGroup* nodes = nullptr;      // (node_groups)
  int32_t tenants = 1;
  int32_t node_groups = 0;
  uint32_t urgent = 0;  // probability of class urgent, 2^-32
};

struct MixView {
  const JobTemplate* templates = nullptr;  // (templates)
  const uint32_t* choice = nullptr;        // (24, templates) thresholds by hour of day, 2^-32
  const int64_t* normal = nullptr;         // (kQuantileTable) standard normal, 2^-32
  int32_t count = 0;                       // templates
};

CUSCHED_HD int32_t draw_span(const Span& span, uint32_t bits) {
  return span.low + static_cast<int32_t>(bounded(bits, static_cast<uint32_t>(span.span)));
}

// value * (1 + sigma * z), truncated towards minus infinity as SKRueue does, and kept in bounds.
CUSCHED_HD int32_t jittered(int32_t value, int32_t jitter_q16, int64_t normal_q32, int32_t floor) {
  const int64_t factor = 65536 + (((normal_q32 >> 16) * jitter_q16) >> 16);
  const int64_t product = (value * factor) >> 16;
  if (product < floor) return floor;
  return product > kMaxSize ? kMaxSize : static_cast<int32_t>(product);
}

// Pods of this request that the empty cluster holds on nodes of these GPU models; at most kMaxPods
// are counted.
CUSCHED_HD int pods_that_fit(const CommonView& common, int32_t cpu, int32_t memory, int32_t gpus,
                             GpuModelBits models = kEveryGpuModel) {
  int total = 0;
  for (int g = 0; g < common.node_groups && total < kMaxPods; ++g) {
    const NodeGroup& node = common.nodes[g];
    if ((node.model_bit & models) == 0) continue;
    int32_t fit = kMaxPods;
    if (cpu > 0 && node.cpu_milli / cpu < fit) fit = node.cpu_milli / cpu;
    if (memory > 0 && node.memory_mib / memory < fit) fit = node.memory_mib / memory;
    if (gpus > 0 && node.gpus / gpus < fit) fit = node.gpus / gpus;
    total += fit > 0 ? (node.count < kMaxPods ? node.count * fit : kMaxPods * fit) : 0;
  }
  return total < kMaxPods ? total : kMaxPods;
}

// A job that no empty cluster could ever start would block its queue for ever: its pod is cut to
// the first group of nodes of its GPU models (the host puts the largest first), a gang to the pods
// that fit.
CUSCHED_HD void cut_to_cluster(const CommonView& common, Job* job,
                               GpuModelBits models = kEveryGpuModel) {
  if (common.node_groups > 0 && job->pods() == 1) {  // nearly always: one pod, and no division
    const NodeGroup& node = common.nodes[0];
    if (job->cpu_milli <= node.cpu_milli && job->memory_mib <= node.memory_mib &&
        job->gpus <= node.gpus && (node.model_bit & models) != 0)
      return;
  }
  int fit = pods_that_fit(common, job->cpu_milli, job->memory_mib, job->gpus, models);
  int first = 0;
  while (first < common.node_groups && (common.nodes[first].model_bit & models) == 0) ++first;
  if (fit == 0 && first < common.node_groups) {
    const NodeGroup& node = common.nodes[first];
    if (job->cpu_milli > node.cpu_milli) job->cpu_milli = node.cpu_milli;
    if (job->memory_mib > node.memory_mib) job->memory_mib = node.memory_mib;
    if (job->gpus > node.gpus) job->gpus = static_cast<int16_t>(node.gpus);
    fit = pods_that_fit(common, job->cpu_milli, job->memory_mib, job->gpus, models);
  }
  if (fit > 0 && job->pods() > fit) job->set_pods(fit);
}

// The part of a job that the offered load depends on, of twelve random numbers:
// 1..3 cpu, memory, run; 4..6 their jitter; 7 priority; 10 gang; 11 pods (low half), GPUs (high
// half). 0 is the template's choice; 8 and 9 are tenant and class.
CUSCHED_HD void shape_job(const CommonView& common, const JobTemplate& kind, const int64_t* normal,
                          const uint32_t* v, Job* job) {
  int32_t cpu = draw_span(kind.cpu_milli, v[1]);
  int32_t memory = draw_span(kind.memory_mib, v[2]);
  int32_t run = draw_span(kind.run_s, v[3]);
  if (kind.jitter_q16 > 0) {
    cpu = jittered(cpu, kind.jitter_q16, quantile(normal, v[4]), kind.cpu_floor);
    memory = jittered(memory, kind.jitter_q16, quantile(normal, v[5]), kind.memory_floor);
    run = jittered(run, kind.jitter_q16, quantile(normal, v[6]), kind.run_floor);
  }
  job->cpu_milli = cpu;
  job->memory_mib = memory;
  job->run = run;
  job->priority = static_cast<uint8_t>(draw_span(kind.priority, v[7]));
  job->type = kind.type;
  job->set_pods(1);
  if (v[10] < kind.gang) job->set_pods(draw_span(kind.pods, v[11] << 16));
  job->gpus = static_cast<int16_t>(pick(kind.gpu_cdf, kGpuChoices, v[11] & 0xffff0000u));
  if (kind.gpu_model == 0 || job->gpus == 0) {
    job->gpu_model = 0;
    cut_to_cluster(common, job);
  } else {
    job->gpu_model = kind.gpu_model & (kGpuSets - 1);
    cut_to_cluster(common, job, kind.models);
  }
}

// Tenant, class and estimate, of three random numbers.
CUSCHED_HD void draw_common(const CommonView& common, uint32_t tenant, uint32_t urgent,
                            uint32_t estimate, Job* job) {
  job->tenant = pick(common.tenant_cdf, common.tenants, tenant) & (kMaxTenants - 1);
  job->urgent = urgent < common.urgent ? 1 : 0;
  const int64_t guess = (int64_t{job->run} * knot_value(common.estimate, estimate)) / 1000;
  job->estimate = guess < 1 ? 1 : (guess > kMaxSize ? kMaxSize : static_cast<int32_t>(guess));
}

// Draws job `index` of a mix. Three draws of kStreamJobShape (3 * index + 0..2, twelve numbers: see
// shape_job) and one of kStreamJobUse (CPU use; memory use; spike; point of an OOM kill in the low
// half and estimate in the high half).
CUSCHED_HD void draw_mix_job(const MixView& mix, const CommonView& common, const RngKey& key,
                             int32_t index, int32_t hour, Job* job) {
  uint32_t v[12];
  for (int block = 0; block < 3; ++block) {
    const Philox4 draw = draw4(key, kStreamJobShape, static_cast<uint32_t>(index) * 3u + block);
    for (int i = 0; i < 4; ++i) v[4 * block + i] = draw.v[i];
  }
  const JobTemplate& kind = mix.templates[pick(mix.choice + hour * mix.count, mix.count, v[0])];
  shape_job(common, kind, mix.normal, v, job);
  const Philox4 use = draw4(key, kStreamJobUse, static_cast<uint32_t>(index));
  draw_common(common, v[8], v[9], use.v[3] & 0xffff0000u, job);
  job->attempts = 0;
  job->cpu_use = static_cast<uint16_t>(knot_value(kind.cpu_use, use.v[0]));
  job->memory_use = static_cast<uint16_t>(
      knot_value(use.v[2] < kind.spike ? kind.memory_spike : kind.memory_use, use.v[1]));
  job->memory_limit = kind.memory_limit;
  job->oom_point = static_cast<uint16_t>(1 + bounded(use.v[3] << 16, 1000));
}

}  // namespace cusched
