// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "envs/importers/import.h"

// What the importers share. Internal to envs.
namespace cusched {

// Counts one more; `first` is kept the first time.
void count_one(std::vector<Tally>* tallies, const std::string& what, const std::string& first);

// A note about all jobs.
void assume(ImportedJobs* jobs, const std::string& what);

// Takes the job, or leaves it out where it is beyond what a job can be.
void keep_job(ImportedJobs* jobs, ImportedJob job, const std::string& where);

// Gives a job's totals (cpu_milli, memory_mib, gpus) to `pods` equal pods, rounded up; a note where
// processors or GPUs do not divide evenly.
void spread_over_pods(ImportedJob* job, int64_t pods, const std::string& where, ImportedJobs* jobs);

// Pods of a job of which only the GPUs are known: as few as nodes of `gpus_per_node` allow.
int64_t pods_for_gpus(int64_t gpus, int64_t gpus_per_node);

// Text in quotes for messages: cut, without control characters.
std::string in_quotes(const std::string& text);

void import_kubernetes(const std::vector<TraceFile>& files, ImportedJobs* jobs);
void import_sacct(const TraceFile& file, const ImportOptions& options, ImportedJobs* jobs);
void import_philly(const TraceFile& file, const ImportOptions& options, ImportedJobs* jobs);
void import_helios(const TraceFile& file, const ImportOptions& options, ImportedJobs* jobs);
void import_openb(const TraceFile& file, const ImportOptions& options, ImportedJobs* jobs);
void import_swf(const TraceFile& file, const ImportOptions& options, ImportedJobs* jobs);

}  // namespace cusched
