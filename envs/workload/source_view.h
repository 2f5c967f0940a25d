// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <type_traits>

#include "envs/job.h"
#include "envs/workload/arrivals.h"
#include "envs/workload/lublin.h"
#include "envs/workload/mix.h"

// What the device sees of a workload: tables and numbers, no state.
namespace cusched {

enum class SourceKind : uint8_t { kMix, kLublin, kTrace };

// Jobs [begin, begin + starts) of a trace may be the first of a window.
struct StartRange {
  int32_t begin = 0;
  int32_t starts = 0;
};

struct TraceView {
  const Job* rows = nullptr;        // (jobs) by submit time; their `submit` and `id` are not used
  const int64_t* submit = nullptr;  // (jobs) absolute submit time, s
  const StartRange* ranges = nullptr;  // (range_count)
  const int32_t* starts = nullptr;     // (start_count): fixed starts, taken in order; may be null
  int32_t range_count = 0;
  int32_t start_count = 0;
  int32_t total_starts = 0;  // sum of ranges' starts
  int32_t length = 0;        // jobs of a window
  // Jobs that may still run when a window begins (warm_up_rows): of block b, rows before
  // b * warm_block, are warm_rows[warm_begin[b]..warm_begin[b + 1]). Null: the cluster is empty.
  const int32_t* warm_rows = nullptr;
  const int32_t* warm_begin = nullptr;  // (blocks + 1)
  int32_t warm_block = 0;               // rows
};

// How the windows of a training differ from what was recorded: envs/workload/augment.h. A fitted
// model stands in the view's arrivals, common and lublin.
struct AugmentView {
  bool on = false;
  bool lublin = false;        // the model is Lublin's; else rows and gaps are resampled
  uint32_t load_q16 = 65536;  // smallest factor on an episode's load, 2^-16
  uint32_t load_span = 0;     // the largest is above it by this, 2^-16
  uint32_t arrivals = 0;      // probability of resampled gaps, 2^-32
  uint32_t model = 0;         // probability of jobs of the model, 2^-32
  uint32_t jitter_q16 = 0;  // sizes and run times: up to 1 + this and down to 1 / (1 + this), 2^-16
  int32_t users = 0;        // tenants that change places; 0: none do
  int32_t max_pods = 1;     // of a gang
  const GpuModelBits* gpu_sets = nullptr;  // that Job::gpu_model numbers
};

// One workload as the environment sees it, one per member: pointers into device memory.
struct SourceView {
  SourceKind kind = SourceKind::kMix;
  int32_t job_limit = 0;  // generators: jobs of an episode; 0: no end
  ArrivalView arrivals;
  CommonView common;
  MixView mix;
  LublinView lublin;
  TraceView trace;
  AugmentView augment;
};
static_assert(std::is_trivially_copyable_v<SourceView>);

}  // namespace cusched
