// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cli/evaluation.h"

// Waits of jobs, over all episodes of a policy.
namespace cusched {

struct WaitStatistics {
  int64_t jobs = 0;
  double mean = 0, p50 = 0, p95 = 0, most = 0;  // s; NaN without a job
};
WaitStatistics wait_statistics(const std::vector<double>& waits);

using JobFilter = std::function<bool(const JobRecord&)>;

// JobRecord::wait_s of the jobs that pass, in order of arrival; a job that never started counts
// with its age at the episode's end.
std::vector<double> waits_of(const PolicyResult& policy, const JobFilter& passes = {});

// The empirical distribution function: x rises, y[i] is the share of the samples <= x[i]. At most
// about `most_points`: every n-th step, the first and the last.
struct StepFunction {
  std::vector<double> x, y;
};
StepFunction ecdf(std::vector<double> samples, size_t most_points);

// Jobs cut into groups by one property.
struct JobGrouping {
  std::string title;  // "By GPUs of a job"
  std::vector<std::string> groups;
  std::vector<std::vector<WaitStatistics>> waits;  // (groups, Evaluation::policies)
};

// By size (GPUs where any job has some, else CPU cores), by urgency, by priority and by tenant:
// those whose jobs fall into two groups or more. At most eight groups, the smallest are taken
// together. Empty where the evaluation has no jobs.
std::vector<JobGrouping> job_groupings(const Evaluation& evaluation);

}  // namespace cusched
