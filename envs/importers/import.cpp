// SPDX-License-Identifier: MIT
#include "envs/importers/import.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "cuda/error.h"
#include "envs/importers/import_parts.h"

namespace cusched {
namespace {

// The last row of an id stands: Slurm writes a row for every start of a job that was requeued.
void drop_earlier_rows(ImportedJobs* jobs) {
  std::unordered_map<std::string, size_t> last;
  for (size_t i = 0; i < jobs->jobs.size(); ++i) last[jobs->jobs[i].id] = i;
  if (last.size() == jobs->jobs.size()) return;
  std::vector<ImportedJob> kept;
  for (size_t i = 0; i < jobs->jobs.size(); ++i) {
    ImportedJob& job = jobs->jobs[i];
    if (last[job.id] == i)
      kept.push_back(std::move(job));
    else
      count_one(&jobs->left_out, "a row of the same job stands further down",
                "job " + in_quotes(job.id));
  }
  jobs->jobs = std::move(kept);
}

// Priorities within 0..10 stay; any others are replaced by their rank among those of the file.
void rank_priorities(ImportedJobs* jobs) {
  std::map<int64_t, int64_t> rank;
  for (const ImportedJob& job : jobs->jobs) rank[job.priority] = 0;
  if (rank.begin()->first >= 0 && rank.rbegin()->first <= kMaxPriority) return;
  const auto different = static_cast<int64_t>(rank.size());
  std::string list;
  int64_t next = 0;
  for (auto& [priority, place] : rank) {
    place = different <= kMaxPriority + 1 ? next : next * kMaxPriority / (different - 1);
    ++next;
    if (different > kMaxPriority + 1) continue;
    list += (list.empty() ? "" : ", ") + std::to_string(priority) + " is " + std::to_string(place);
  }
  if (different > kMaxPriority + 1)
    list = std::to_string(different) + " from " + std::to_string(rank.begin()->first) + " to " +
           std::to_string(rank.rbegin()->first) + " are 0 to 10";
  for (ImportedJob& job : jobs->jobs) job.priority = rank[job.priority];
  assume(jobs, "priorities are taken by rank: " + list);
}

void fill_estimates(ImportedJobs* jobs) {
  for (ImportedJob& job : jobs->jobs) {
    if (job.estimate_s > 0) continue;
    job.estimate_s = job.run_s;
    count_one(&jobs->notes, "without a time limit: the estimate is the run time",
              "job " + in_quotes(job.id));
  }
}

void refuse_nothing(const ImportedJobs& jobs) {
  if (!jobs.jobs.empty()) return;
  std::string why = "no job in this file";
  for (const Tally& tally : jobs.left_out)
    why += (&tally == &jobs.left_out.front() ? ": " : "; ") + std::to_string(tally.count) +
           " left out: " + tally.what + " (first: " + tally.first + ")";
  throw InputError(jobs.file, why, "Give a file with at least one job that has ended");
}

void import_one(const TraceFile& file, const ImportOptions& options, ImportedJobs* jobs) {
  switch (file.format) {
    case TraceFormat::kSacct:
      return import_sacct(file, options, jobs);
    case TraceFormat::kPhilly:
      return import_philly(file, options, jobs);
    case TraceFormat::kHelios:
      return import_helios(file, options, jobs);
    case TraceFormat::kOpenbPods:
      return import_openb(file, options, jobs);
    case TraceFormat::kSwf:
      return import_swf(file, options, jobs);
    default:
      throw InputError(file.path, "is not of a format that is imported",
                       "Choose from kubectl, sacct, philly, helios, openb, swf");
  }
}

}  // namespace

ImportedJobs import_files(const std::vector<TraceFile>& files, const ImportOptions& options) {
  CUSCHED_CHECK(!files.empty(), "no file to import");
  ImportedJobs jobs;
  for (const TraceFile& file : files) {
    if (file.format != files.front().format)
      throw InputError(file.path, "is of another format than " + files.front().path,
                       "Import files of one format at a time");
    jobs.file += (jobs.file.empty() ? "" : ", ") + file.path;
  }
  const TraceFormat format = files.front().format;
  if (format == TraceFormat::kKubernetes) {
    import_kubernetes(files, &jobs);
  } else {
    for (const TraceFile& file : files) import_one(file, options, &jobs);
  }
  refuse_nothing(jobs);
  // The lines of SWF are numbered by their file, and its reader sorts by itself.
  if (format != TraceFormat::kSwf) {
    drop_earlier_rows(&jobs);
    std::stable_sort(
        jobs.jobs.begin(), jobs.jobs.end(),
        [](const ImportedJob& a, const ImportedJob& b) { return a.submit_s < b.submit_s; });
  }
  rank_priorities(&jobs);
  fill_estimates(&jobs);
  return jobs;
}

std::vector<std::string> import_notes(const ImportedJobs& jobs) {
  std::vector<std::string> notes;
  for (const Tally& tally : jobs.left_out)
    notes.push_back(std::to_string(tally.count) + " left out: " + tally.what +
                    " (first: " + tally.first + ")");
  for (const Tally& tally : jobs.notes)
    notes.push_back(tally.count == 0 ? tally.what
                                     : std::to_string(tally.count) + " jobs " + tally.what +
                                           " (first: " + tally.first + ")");
  return notes;
}

}  // namespace cusched
