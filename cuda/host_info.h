// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace cusched {

// The machine's processor and memory as this process may use them.
struct HostInfo {
  std::string cpu_model;         // e.g. "AMD EPYC 7763 64-Core Processor"; "CPU" where unknown
  std::string operating_system;  // e.g. "Debian GNU/Linux 12 (bookworm)"; empty where unknown
  int cores = 1;                 // CPU threads this process may run on
  int64_t memory_bytes = 0;      // physical memory, or the control groups' limit where that is less
  int64_t available_bytes = 0;   // what could be allocated now without swapping
};
HostInfo host_info();

// Memory that could be allocated now, of the machine and of the control groups this process is in;
// 2^62 where the system does not say.
int64_t available_host_bytes();

// "1.5 GiB", "64 B": one digit after the point from KiB on.
std::string format_bytes(int64_t bytes);

}  // namespace cusched
