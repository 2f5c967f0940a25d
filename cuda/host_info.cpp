// SPDX-License-Identifier: MIT
#include "cuda/host_info.h"

#include <sched.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "cuda/control_group.h"

namespace cusched {
namespace {

// The value after `key` in a file of lines "key<separator>value"; empty when there is none.
std::string value_of(const std::string& path, const std::string& key, char separator) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    if (line.compare(0, key.size(), key) != 0) continue;
    const size_t at = line.find(separator);
    if (at == std::string::npos) continue;
    const size_t start = line.find_first_not_of(" \t\"", at + 1);
    if (start == std::string::npos) return "";
    const size_t stop = line.find_last_not_of(" \t\"");
    return line.substr(start, stop - start + 1);
  }
  return "";
}

// "16384 kB" of /proc/meminfo, in bytes.
int64_t meminfo_bytes(const std::string& key) {
  const std::string text = value_of("/proc/meminfo", key + ":", ':');
  return text.empty() ? kNoMemoryLimit : std::strtoll(text.c_str(), nullptr, 10) * 1024;
}

int usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return CPU_COUNT(&set);
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace

int64_t available_host_bytes() {
  return std::min(meminfo_bytes("MemAvailable"), control_group_memory().available_bytes);
}

HostInfo host_info() {
  HostInfo info;
  info.cpu_model = value_of("/proc/cpuinfo", "model name", ':');
  if (info.cpu_model.empty()) info.cpu_model = "CPU";
  info.operating_system = value_of("/etc/os-release", "PRETTY_NAME", '=');
  info.cores = usable_cores();
  const int64_t physical = std::min(meminfo_bytes("MemTotal"), control_group_memory().limit_bytes);
  info.memory_bytes = physical == kNoMemoryLimit ? 0 : physical;
  const int64_t available = available_host_bytes();
  info.available_bytes = available == kNoMemoryLimit ? 0 : available;
  return info;
}

std::string format_bytes(int64_t bytes) {
  static const char* const kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes);
  int unit = 0;
  while (value >= 1024 && unit < 6) {
    value /= 1024;
    ++unit;
  }
  char text[48];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
  return text;
}

}  // namespace cusched
