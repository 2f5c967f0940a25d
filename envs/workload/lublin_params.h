// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "envs/workload/trace.h"

namespace cusched {

// Parameters of the Lublin-Feitelson model for jobs without a class (batch or interactive), with
// the published values. U. Lublin, D. G. Feitelson: "The workload on parallel supercomputers:
// modeling the characteristics of rigid jobs", JPDC 63(11), 2003. Logarithms: sizes base 2, times
// natural.
struct LublinParams {
  // Processors: 1 with probability serial, else 2^x (x rounded with probability pow2, the rest of
  // the probability is any size), x uniform in [low, med] with probability first, else [med, high].
  double serial = 0.244, pow2 = 0.576;
  double low = 0.8;
  double med = 0;   // 0: high - 2.5, as the authors advise
  double high = 0;  // 0: log2 of the largest job
  double first = 0.86;
  // Run time e^X: X gamma(a1, b1) with probability p = pa * processors + pb cut to [0, 1], else
  // gamma(a2, b2); values above log_max_run are redrawn.
  double a1 = 4.2, b1 = 0.94, a2 = 312, b2 = 0.03, pa = -0.0054, pb = 0.78;
  double log_max_run = 12;
  // Gaps between arrivals e^X s, X gamma(gap_shape * gap_ratio, gap_scale), at a clock that runs
  // with the daily cycle: half hour i - 1 (mod 48) has the weight of gamma(day_shape, day_scale) in
  // [i - 1/2, i + 1/2], i = 11..58. gap_factor multiplies the gaps (1 in the published model).
  double gap_shape = 10.2303, gap_scale = 0.4871, gap_ratio = 1.0225;
  double log_max_gap = 13;
  double gap_factor = 1;
  double day_shape = 8.1737, day_scale = 3.9631;
};

// Throws InputError when a parameter is out of range or NaN.
void validate_lublin(const LublinParams& params);

// Fits all parameters to jobs [first, first + count) of a trace: sizes by EM over the two stages
// for every `med` of a grid, run times by EM over the two gammas with p linear in the processors,
// arrivals by moments. Throws InputError where there are fewer than 100 jobs.
LublinParams fit_lublin(const Trace& trace, int64_t first, int64_t count);

}  // namespace cusched
