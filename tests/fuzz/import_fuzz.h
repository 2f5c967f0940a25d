// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "envs/importers/import.h"
#include "tests/fuzz/workload_fuzz.h"

namespace cusched {

// Imports the bytes as a file of the format. What was accepted has to be the same trace through the
// written CSV.
inline void fuzz_import(TraceFormat format, const uint8_t* data, size_t size) {
  const TraceFile file{"fuzz", format, std::string(reinterpret_cast<const char*>(data), size)};
  ImportedJobs jobs;
  if (!accepts([&] { jobs = import_files({file}, {}); })) return;
  const Trace direct = imported_trace(jobs);
  const Trace through = parse_job_csv(imported_csv(jobs), "fuzz.csv");
  if (direct.submit != through.submit || direct.rows.size() != through.rows.size()) std::abort();
  if (std::memcmp(direct.rows.data(), through.rows.data(), direct.rows.size() * sizeof(Job)) != 0)
    std::abort();
}

}  // namespace cusched
