// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "envs/job.h"

namespace cusched {

// Jobs of a recorded trace in order of submit time (equal times: in the file's order).
struct Trace {
  std::string file;
  std::vector<Job> rows;          // `id`: 0, 1, 2, ...; `submit` is 0, the absolute time is below
  std::vector<int64_t> submit;    // s, as in the file
  std::vector<int64_t> line;      // of the file, for messages
  std::vector<int32_t> gpu_spec;  // index into gpu_specs; empty: no job names a GPU model
  std::vector<std::string> gpu_specs;  // as in the file, e.g. "A100|H100"; "": any GPU
  int64_t max_procs = 0;               // from the header (MaxProcs, else MaxNodes); 0: not given
  bool max_procs_of_nodes = false;     // it is MaxNodes, and a node may have several processors
  std::vector<std::string> notes;      // what was dropped or changed, for the user

  int64_t size() const { return static_cast<int64_t>(rows.size()); }
};

// Jobs [begin, end) of a trace.
struct JobRange {
  int64_t begin = 0, end = 0;
};

// Parts of a trace by number of job: what is learnt from, what chooses among policies, what judges.
enum class TracePart : uint8_t { kAll, kTrain, kValidation, kHeldOut };
const char* part_name(TracePart part);  // "all", "train", "validation", "held-out"

// A trace in parts, in order of time: the first jobs are for training, the last eighth of them for
// validation; the rest is held out.
struct TraceSplit {
  JobRange train, validation, held_out;
};

inline constexpr int64_t kAutoLength = -1;

// Which windows of a trace the episodes replay.
struct TraceWindow {
  int64_t length = 0;            // jobs; 0: all of the part; kAutoLength: as trace_windows.h says
  std::vector<int64_t> starts;   // fixed first jobs, dealt in turn to environments and episodes
  std::vector<JobRange> ranges;  // windows lie inside one of these; empty: in the part
  TracePart part = TracePart::kAll;  // without starts and ranges
  double split_share = 0.8;          // of the jobs, for train and validation
  int64_t deal = 0;      // windows, spread evenly over the ranges, one a lane; 0: drawn at random
  bool warm_up = false;  // jobs of before the window hold their nodes at its start
};

struct SwfOptions {
  int64_t memory_per_proc_mib = 0;  // request of a processor; 0: memory is not modelled
  bool read_memory = false;         // take requested memory (field 10, KiB a processor) where given
  enum class Tenant : uint8_t { kNone, kUser, kGroup, kQueue } tenant = Tenant::kGroup;
};

// Readers. All throw InputError naming file, line and field. docs/guides/workloads.md lists
// columns.
Trace read_swf(const std::string& path, const SwfOptions& options = {});
Trace parse_swf(const std::string& text, const std::string& where, const SwfOptions& options = {});
Trace parse_job_csv(const std::string& text, const std::string& where);
Trace read_job_sqlite(const std::string& path);

// Sorts by submit time, stably, numbers the rows and notes that it did. Throws when there is no
// job.
void finish_trace(Trace* trace);

}  // namespace cusched
