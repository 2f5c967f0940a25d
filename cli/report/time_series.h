// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "envs/job_record.h"

// What an episode's jobs say about its course.
namespace cusched {

enum class JobQuantity : uint8_t { kWaiting, kGpus, kCores };  // reserved: of running jobs

// Means over `bins` equal parts of [0, until_s): jobs waiting, or GPUs or CPU cores reserved. Of a
// job that was killed and tried again only the last run is known: it counts as waiting before.
// After the episode's end everything is 0.
std::vector<double> binned(const EpisodeJobs& episode, JobQuantity quantity, double until_s,
                           int bins);

// The mean of binned() over episodes; empty where the longest lasts more than twice as long as the
// shortest: their courses have no common time. `until_s`: of the bins.
std::vector<double> mean_binned(const std::vector<EpisodeJobs>& episodes, JobQuantity quantity,
                                double until_s, int bins);

}  // namespace cusched
