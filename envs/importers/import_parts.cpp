// SPDX-License-Identifier: MIT
#include "envs/importers/import_parts.h"

#include <algorithm>

#include "envs/workload/mix.h"

namespace cusched {
namespace {

constexpr size_t kMaxReasons = 100;  // reasons may hold words of the file: no end to them
constexpr const char* kOthers = "for other reasons";
constexpr int64_t kMaxPodGpus = 1024;
constexpr int64_t kMaxSubmit = 99999999999;  // s; tables take longer numbers for milliseconds

// No control characters: a table with a zero byte is no text.
void clean(std::string* text) {
  for (char& c : *text)
    if (static_cast<unsigned char>(c) < ' ' || c == 127) c = '?';
}

int64_t divided_up(int64_t total, int64_t parts) { return total / parts + (total % parts > 0); }

}  // namespace

void count_one(std::vector<Tally>* tallies, const std::string& what, const std::string& first) {
  const auto found = std::find_if(tallies->begin(), tallies->end(),
                                  [&](const Tally& tally) { return tally.what == what; });
  if (found != tallies->end()) {
    ++found->count;
  } else if (tallies->size() < kMaxReasons) {
    tallies->push_back({what, 1, first});
  } else if (what != kOthers) {
    count_one(tallies, kOthers, first);
  } else {
    tallies->push_back({kOthers, 1, first});
  }
}

void assume(ImportedJobs* jobs, const std::string& what) {
  const bool told = std::any_of(jobs->notes.begin(), jobs->notes.end(),
                                [&](const Tally& note) { return note.what == what; });
  if (!told) jobs->notes.push_back({what, 0, ""});
}

void keep_job(ImportedJobs* jobs, ImportedJob job, const std::string& where) {
  const auto leave = [&](const std::string& why) { count_one(&jobs->left_out, why, where); };
  const auto within = [](int64_t value, int64_t low, int64_t high) {
    return value >= low && value <= high;
  };
  if (job.pods > kMaxPods) return leave("more than " + std::to_string(kMaxPods) + " pods");
  if (!within(job.pods, 1, kMaxPods)) return leave("no pods");
  if (!within(job.submit_s, 0, kMaxSubmit)) return leave("submitted after the year 5000");
  if (!within(job.run_s, 1, kMaxSize)) return leave("a run time over 34 years");
  if (!within(job.cpu_milli, 0, kMaxSize) || !within(job.memory_mib, 0, kMaxSize) ||
      !within(job.gpus, 0, kMaxPodGpus))
    return leave("a pod above 1,048,576 cores, 1,024 TiB or 1,024 GPUs");
  clean(&job.id);
  clean(&job.tenant);
  clean(&job.gpu_model);
  job.estimate_s = std::clamp<int64_t>(job.estimate_s, 0, kMaxSize);
  jobs->jobs.push_back(std::move(job));
}

void spread_over_pods(ImportedJob* job, int64_t pods, const std::string& where,
                      ImportedJobs* jobs) {
  job->pods = pods;
  if (pods <= 1) return;
  if (job->cpu_milli % (1000 * pods) != 0 || job->gpus % pods != 0)
    count_one(&jobs->notes,
              "with processors or GPUs that do not divide evenly over the nodes: rounded up to "
              "equal pods",
              where);
  // Processors are whole ones.
  job->cpu_milli = 1000 * divided_up(divided_up(job->cpu_milli, 1000), pods);
  job->memory_mib = divided_up(job->memory_mib, pods);
  job->gpus = divided_up(job->gpus, pods);
}

int64_t pods_for_gpus(int64_t gpus, int64_t gpus_per_node) {
  return std::max<int64_t>(1, divided_up(gpus, gpus_per_node));
}

std::string in_quotes(const std::string& text) {
  std::string shown = text.substr(0, 40);
  // No part of a letter of several bytes at the end.
  if (text.size() > shown.size())
    while (!shown.empty() && (shown.back() & '\x80') != 0) shown.pop_back();
  clean(&shown);
  return "'" + shown + "'";
}

}  // namespace cusched
