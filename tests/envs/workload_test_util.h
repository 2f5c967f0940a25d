// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "cuda/error.h"
#include "envs/workload/workload.h"

namespace cusched {

// The default cluster of `admission`: 288 cores, 1,152 GiB, 8 GPUs.
inline ClusterCapacity default_cluster() {
  return {
      288000, 1152 * 1024, 8, {{32000, 131072, 2, 4}, {16000, 65536, 0, 8}, {8000, 32768, 0, 4}}};
}

inline ClusterCapacity pool(int64_t procs) { return {procs * 1000, 0, 0, {}}; }

inline Workload make(const std::string& name, double load = 0) {
  WorkloadConfig config;
  config.name = name;
  config.load = load;
  return make_workload(config, name == "lublin" ? pool(256) : default_cluster());
}

inline std::vector<Job> draw_jobs(const SourceView& view, const RngKey& key, int count) {
  SourceState state{};
  source_begin(view, key, state);
  std::vector<Job> jobs;
  Job job{};
  while (static_cast<int>(jobs.size()) < count && source_next(view, key, state, &job))
    jobs.push_back(job);
  return jobs;
}

// FNV-1a, 64 bits.
inline uint64_t hash_bytes(const void* data, size_t bytes) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (size_t i = 0; i < bytes; ++i)
    hash = (hash ^ static_cast<const unsigned char*>(data)[i]) * 0x100000001b3u;
  return hash;
}
template <class T>
uint64_t hash_of(const std::vector<T>& values) {
  return hash_bytes(values.data(), values.size() * sizeof(T));
}

// A file of the shared data, or "" where the folder is not there.
inline std::string shared_file(const std::string& relative) {
  const char* root = std::getenv("CUSCHED_SHARED");
  const std::filesystem::path base =
      root != nullptr ? std::filesystem::path(root)
                      : std::filesystem::path(CUSCHED_SOURCE_DIR) / ".." / "shared";
  const std::filesystem::path path = base / relative;
  return std::filesystem::exists(path) ? path.string() : "";
}

// Message of the InputError that `run` throws, "" when it throws none.
template <class F>
std::string input_error(const F& run) {
  try {
    run();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace cusched
