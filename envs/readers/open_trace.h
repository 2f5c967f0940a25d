// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "envs/workload/trace.h"

namespace cusched {

// What a file of jobs holds.
enum class TraceFormat : uint8_t {
  kSwf,         // Standard Workload Format
  kJobCsv,      // cusched's columns, or SKRueue's
  kSqlite,      // table `jobs`
  kMix,         // YAML: a mix of templates
  kOpenbPods,   // Alibaba cluster-trace-gpu-v2023
  kKubernetes,  // JSON of `kubectl get -o json`
  kSacct,       // Slurm's `sacct -P`
  kPhilly,      // Microsoft Philly: CSV, or the JSON of msr-fiddle
  kHelios,      // SenseTime Helios
};

// E.g. "a trace in the Standard Workload Format", for messages.
const char* format_name(TraceFormat format);

struct TraceFile {
  std::string path;
  TraceFormat format = TraceFormat::kJobCsv;
  std::string text;  // unpacked; empty for SQLite
};

// The one place that tells what a file is: by its content, whatever it is called; the ending, in
// any case and before .gz, .xz, .bz2 or .zst, decides only where the content does not. Throws
// InputError for what is not there, cannot be read, is empty, or is none of the formats, with what
// was found.
TraceFile open_trace(const std::string& path);

// The format of a text, or InputError; `path` gives the ending and is named in messages.
TraceFormat trace_format(std::string_view text, const std::string& path);

// The jobs of the file. `swf` says how lines of SWF become jobs. A mix has no jobs: refused.
// Error where the memory does not suffice.
Trace read_trace(const TraceFile& file, const SwfOptions& swf = {});

}  // namespace cusched
