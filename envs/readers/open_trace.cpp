// SPDX-License-Identifier: MIT
#include "envs/readers/open_trace.h"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <new>

#include "cuda/error.h"
#include "envs/importers/import.h"
#include "envs/readers/text_input.h"
#include "envs/readers/unpack.h"

namespace cusched {
namespace {

// SQLite opens its files itself, so that other writers are heeded.
bool is_sqlite(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return false;  // a pipe is read once
  constexpr std::string_view kMark("SQLite format 3\0", 16);
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  char bytes[16] = {};
  return file && std::fread(bytes, 1, sizeof bytes, file.get()) == sizeof bytes &&
         std::string_view(bytes, sizeof bytes) == kMark;
}

}  // namespace

const char* format_name(TraceFormat format) {
  switch (format) {
    case TraceFormat::kSwf:
      return "a trace in the Standard Workload Format";
    case TraceFormat::kJobCsv:
      return "a CSV of jobs";
    case TraceFormat::kSqlite:
      return "an SQLite database";
    case TraceFormat::kMix:
      return "a YAML mix";
    case TraceFormat::kOpenbPods:
      return "a list of openb pods";
    case TraceFormat::kKubernetes:
      return "JSON of Kubernetes objects";
    case TraceFormat::kSacct:
      return "output of sacct";
    case TraceFormat::kPhilly:
      return "a Philly trace";
    case TraceFormat::kHelios:
      return "a Helios trace";
  }
  return "a file";
}

TraceFile open_trace(const std::string& path) {
  TraceFile file;
  file.path = path;
  if (is_sqlite(path)) {
    file.format = TraceFormat::kSqlite;
    return file;
  }
  file.text = read_text(path);
  file.format = trace_format(file.text, path);
  return file;
}

namespace {

Trace jobs_of(const TraceFile& file, const SwfOptions& swf) {
  switch (file.format) {
    case TraceFormat::kSwf:
      return parse_swf(file.text, file.path, swf);
    case TraceFormat::kJobCsv:
      return parse_job_csv(file.text, file.path);
    case TraceFormat::kSqlite:
      return read_job_sqlite(file.path);
    case TraceFormat::kMix:
      throw InputError(file.path, "is a YAML mix: it describes jobs and lists none",
                       "Give a trace, or use the mix as a workload");
    case TraceFormat::kOpenbPods:
    case TraceFormat::kKubernetes:
    case TraceFormat::kSacct:
    case TraceFormat::kPhilly:
    case TraceFormat::kHelios:
      return imported_trace(import_files({file}, {}));
  }
  throw Error("a trace of no format");
}

}  // namespace

Trace read_trace(const TraceFile& file, const SwfOptions& swf) {
  try {
    return jobs_of(file, swf);
  } catch (const std::bad_alloc&) {
    throw too_little_memory(file.path,
                            "for the jobs in its " + std::to_string(file.text.size()) + " bytes");
  }
}

}  // namespace cusched
