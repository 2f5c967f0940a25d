// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "envs/workload/lublin_params.h"

// Parts of the Lublin-Feitelson model that the builder, the fit and the tests share. Internal.
namespace cusched {

inline constexpr int kLublinDaySeconds = 86400;
inline constexpr int kLublinBuckets = 48;      // half hours of a day
inline constexpr int kLublinFirstBucket = 11;  // the cyclic day starts here

// CDF of the two-stage uniform distribution of log2(processors).
double two_stage_cdf(const LublinParams& params, double x);

// Fills in `med` and `high` where they are 0.
LublinParams with_sizes(LublinParams params, int64_t max_procs);

// Probabilities of 1..max_procs processors; sizes above count at max_procs, powers of two at the
// largest power below.
std::vector<double> lublin_sizes(const LublinParams& params, int64_t max_procs);

// (48) weight of each half hour of the day, mean 1.
std::vector<double> lublin_day(const LublinParams& params);

}  // namespace cusched
