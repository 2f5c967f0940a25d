// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace cusched {

inline constexpr int64_t kNoMemoryLimit = int64_t{1} << 62;

// What Linux's control groups leave to this process: a container, a Slurm job, a systemd unit.
struct MemoryLimit {
  int64_t limit_bytes = kNoMemoryLimit;      // the smallest limit on the way up
  int64_t available_bytes = kNoMemoryLimit;  // the least that is left under one of them
};

// Asks the process's own group (/proc/self/cgroup, /proc/self/mountinfo) and every group above it
// that can be seen, of version 1 (memory.limit_in_bytes), version 2 (memory.max, memory.high) and
// of both where both are mounted. What a group uses counts without its page cache, which the kernel
// gives back on demand. `root` stands before every path, for tests.
MemoryLimit control_group_memory(const std::string& root = "");

}  // namespace cusched
