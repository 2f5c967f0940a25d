// SPDX-License-Identifier: MIT
#include "cli/report/job_waits.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "envs/inputs.h"

namespace cusched {
namespace {

constexpr size_t kMostGroups = 8;

using Key = std::function<int64_t(const JobRecord&)>;
using Name = std::function<std::string(int64_t key)>;

// The least power of two that is not less: 3 GPUs are in the class "3-4".
int64_t power_class(int64_t n) {
  int64_t limit = 1;
  while (limit < n) limit *= 2;
  return n <= 0 ? 0 : limit;
}

std::string range_name(int64_t limit, const std::string& unit) {
  if (limit == 0) return "no " + unit;
  if (limit <= 2) return count_text(limit, unit);
  return grouped(limit / 2 + 1) + "\u2013" + count_text(limit, unit);
}

// Up to 1, 4, 16, 64, ... cores.
int64_t core_class(int64_t cpu_milli) {
  int64_t limit = 1;
  while (1000 * limit < cpu_milli) limit *= 4;
  return limit;
}

std::string core_name(int64_t limit) {
  if (limit == 1) return "up to 1 core";
  return "over " + grouped(limit / 4) + " to " + grouped(limit) + " cores";
}

// How many jobs of the first policy have each key: all policies play the same jobs.
std::map<int64_t, int64_t> key_counts(const Evaluation& evaluation, const Key& key) {
  std::map<int64_t, int64_t> counts;
  for (const PolicyResult& policy : evaluation.policies) {
    for (const EpisodeJobs& episode : policy.jobs)
      for (const JobRecord& job : episode.jobs) ++counts[key(job)];
    if (!counts.empty()) break;
  }
  return counts;
}

void add_grouping(const Evaluation& evaluation, const std::string& title, const Key& key,
                  const Name& name, std::vector<JobGrouping>* groupings) {
  const std::map<int64_t, int64_t> counts = key_counts(evaluation, key);
  if (counts.size() < 2) return;
  std::vector<int64_t> kept;
  for (const auto& entry : counts) kept.push_back(entry.first);
  std::stable_sort(kept.begin(), kept.end(),
                   [&](int64_t a, int64_t b) { return counts.at(a) > counts.at(b); });
  const bool rest = kept.size() > kMostGroups;
  if (rest) kept.resize(kMostGroups - 1);
  std::sort(kept.begin(), kept.end());

  JobGrouping grouping;
  grouping.title = title;
  const auto add = [&](const std::string& group, const JobFilter& passes) {
    grouping.groups.push_back(group);
    grouping.waits.emplace_back();
    for (const PolicyResult& policy : evaluation.policies)
      grouping.waits.back().push_back(wait_statistics(waits_of(policy, passes)));
  };
  for (const int64_t k : kept) add(name(k), [&](const JobRecord& job) { return key(job) == k; });
  if (rest)
    add(grouped(static_cast<int64_t>(counts.size() - kept.size())) + " others",
        [&](const JobRecord& job) {
          return std::find(kept.begin(), kept.end(), key(job)) == kept.end();
        });
  groupings->push_back(std::move(grouping));
}

}  // namespace

WaitStatistics wait_statistics(const std::vector<double>& waits) {
  WaitStatistics result;
  result.jobs = static_cast<int64_t>(waits.size());
  result.mean = mean(waits);
  result.p50 = quantile(waits, 0.5);
  result.p95 = quantile(waits, 0.95);
  result.most = quantile(waits, 1);
  return result;
}

std::vector<double> waits_of(const PolicyResult& policy, const JobFilter& passes) {
  std::vector<double> waits;
  for (const EpisodeJobs& episode : policy.jobs)
    for (const JobRecord& job : episode.jobs)
      if (!passes || passes(job)) waits.push_back(static_cast<double>(job.wait_s(episode.end_s)));
  return waits;
}

StepFunction ecdf(std::vector<double> samples, size_t most_points) {
  std::sort(samples.begin(), samples.end());
  const size_t n = samples.size(),
               every = std::max<size_t>(1, n / std::max<size_t>(most_points, 1));
  StepFunction steps;
  size_t drawn = 0;
  for (size_t i = 0; i < n; ++i) {
    if (i + 1 < n && samples[i + 1] == samples[i]) continue;  // the last of equal samples
    if (!steps.x.empty() && i + 1 < n && i < drawn + every) continue;
    steps.x.push_back(samples[i]);
    steps.y.push_back(static_cast<double>(i + 1) / static_cast<double>(n));
    drawn = i;
  }
  return steps;
}

std::vector<JobGrouping> job_groupings(const Evaluation& evaluation) {
  std::vector<JobGrouping> groupings;
  const Key gpus = [](const JobRecord& job) { return power_class(job.gpus); };
  const auto by_gpus = key_counts(evaluation, gpus);
  if (by_gpus.empty()) return groupings;
  if (by_gpus.rbegin()->first > 0) {
    add_grouping(
        evaluation, "By GPUs of a job", gpus,
        [](int64_t limit) { return range_name(limit, "GPU"); }, &groupings);
  } else {
    add_grouping(
        evaluation, "By CPU cores of a job",
        [](const JobRecord& job) { return core_class(job.cpu_milli); }, core_name, &groupings);
  }
  add_grouping(
      evaluation, "By urgency", [](const JobRecord& job) { return int64_t{job.urgent ? 0 : 1}; },
      [](int64_t key) { return std::string(key == 0 ? "urgent" : "normal"); }, &groupings);
  add_grouping(
      evaluation, "By priority", [](const JobRecord& job) { return int64_t{job.priority}; },
      [](int64_t key) { return "priority " + std::to_string(key); }, &groupings);
  add_grouping(
      evaluation, "By tenant", [](const JobRecord& job) { return int64_t{job.tenant}; },
      [](int64_t key) { return "tenant " + std::to_string(key); }, &groupings);
  return groupings;
}

}  // namespace cusched
