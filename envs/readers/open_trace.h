// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

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
  kPhilly,      // Microsoft Philly
  kHelios,      // SenseTime Helios
};

struct TraceFile {
  std::string path;
  TraceFormat format = TraceFormat::kJobCsv;
  std::string text;  // unpacked; empty for SQLite
};

}  // namespace cusched
