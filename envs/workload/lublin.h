// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/job.h"
#include "envs/stream_ids.h"
#include "envs/workload/mix.h"
#include "envs/workload/quantile.h"

namespace cusched {

// Lublin and Feitelson's model of rigid jobs (JPDC 63(11), 2003) as tables.
struct LublinView {
  const uint32_t* size_cdf = nullptr;   // (max_procs) thresholds of 1, 2, ... processors, 2^-32
  const uint32_t* short_run = nullptr;  // (max_procs) probability of the first gamma, 2^-32
  const int64_t* run_short = nullptr;   // (kQuantileTable) e^gamma(a1, b1), s, 2^-16
  const int64_t* run_long = nullptr;    // (kQuantileTable) e^gamma(a2, b2), s, 2^-16
  int32_t max_procs = 1;
  int32_t memory_per_proc_mib = 0;
};

// Draws job `index`. One draw of kStreamJobShape (3 * index, as for a mix; processors, which gamma,
// run time, -) and one of kStreamJobUse (tenant, class, estimate, -). Jobs use what they ask for.
CUSCHED_HD void draw_lublin_job(const LublinView& lublin, const CommonView& common,
                                const RngKey& key, int32_t index, Job* job) {
  const Philox4 v = draw4(key, kStreamJobShape, static_cast<uint32_t>(index) * 3u);
  const int procs = 1 + pick(lublin.size_cdf, lublin.max_procs, v.v[0]);
  const bool is_short = v.v[1] < lublin.short_run[procs - 1];
  const int64_t run = quantile(is_short ? lublin.run_short : lublin.run_long, v.v[2]) >> 16;
  job->run = run < 1 ? 1 : static_cast<int32_t>(run);
  job->cpu_milli = procs * 1000;
  job->memory_mib = procs * lublin.memory_per_proc_mib;
  job->gpus = 0;
  job->set_pods(1);
  job->priority = 0;
  job->type = JobType::kBatch;
  const Philox4 use = draw4(key, kStreamJobUse, static_cast<uint32_t>(index));
  draw_common(common, use.v[0], use.v[1], use.v[2], job);
  job->attempts = 0;
  job->cpu_use = 1000;
  job->memory_use = 1000;
  job->memory_limit = 0;
  job->oom_point = 1000;
}

}  // namespace cusched
