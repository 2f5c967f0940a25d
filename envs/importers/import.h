// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "envs/readers/open_trace.h"
#include "envs/workload/trace.h"

// Recorded jobs of other systems as jobs of `admission`. docs/guides/import.md says how each field
// is taken.
namespace cusched {

// One job. Requests are per pod.
struct ImportedJob {
  std::string id;          // unique after import_files()
  int64_t submit_s = 0;    // since 1970-01-01 UTC; SWF and openb: since the trace's own origin
  int64_t run_s = 0;       // >= 1
  int64_t estimate_s = 0;  // 0: not known, the run time is taken
  int64_t cpu_milli = 0, memory_mib = 0, gpus = 0;
  int64_t pods = 1;
  int64_t priority = 0;  // as recorded; 0..10 after import_files()
  std::string tenant;
  std::string gpu_model;  // e.g. "A100|H100": one of these; "": any
  int64_t line = 0;       // of the file, or number of the object in it
};

// What happened to how many, and where first, e.g. "still running", 12, "Job team-a/train".
struct Tally {
  std::string what;
  int64_t count = 0;
  std::string first;
};

struct ImportedJobs {
  std::string file;  // for messages
  int64_t read = 0;  // rows or objects seen
  std::vector<ImportedJob> jobs;
  std::vector<Tally> left_out;  // rows or objects that gave no job, by reason
  std::vector<Tally> notes;     // what was assumed or changed
  JobType type = JobType::kGeneric;
};

// What the files do not say.
struct ImportOptions {
  int64_t gpus_per_node = 8;           // larger jobs of Philly and Helios become gangs of such pods
  int64_t cpu_per_gpu_milli = 4000;    // Philly
  int64_t memory_per_gpu_mib = 32768;  // Philly, Helios
  int64_t memory_per_cpu_mib = -1;     // where no memory is known; -1: Helios 4096, others 0
  bool round_up_shares = false;        // openb: a share of a GPU is taken as a whole one
};

// The jobs of files of one format (kSwf, kOpenbPods, kKubernetes, kSacct, kPhilly, kHelios), in
// order of submit time (SWF: as in the file). Throws InputError for what is malformed, and where no
// job is left.
ImportedJobs import_files(const std::vector<TraceFile>& files, const ImportOptions& options);

// Notes and what was left out as sentences, e.g. "12 left out: still running (first: Job a/b)".
std::vector<std::string> import_notes(const ImportedJobs& jobs);

// The same jobs as `--trace` sees them.
Trace imported_trace(const ImportedJobs& jobs);

// As the documented CSV, with its header; the column gpu_model only where a job names a model.
std::string imported_csv(const ImportedJobs& jobs);

// As an SQLite database with a table `jobs`: the bytes of its file.
std::string imported_sqlite(const ImportedJobs& jobs);

}  // namespace cusched
