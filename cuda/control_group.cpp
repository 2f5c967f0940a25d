// SPDX-License-Identifier: MIT
#include "cuda/control_group.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

namespace cusched {
namespace {

// The files of a version, by what they say.
struct Files {
  std::vector<const char*> limits;
  const char *usage, *active_cache, *inactive_cache;  // the last two: keys of memory.stat
};
const Files kVersion1 = {
    {"memory.limit_in_bytes"}, "memory.usage_in_bytes", "total_active_file", "total_inactive_file"};
const Files kVersion2 = {
    {"memory.max", "memory.high"}, "memory.current", "active_file", "inactive_file"};

// A number in a file; `otherwise` for "max" and a missing file.
int64_t number_in(const std::string& path, int64_t otherwise) {
  std::ifstream file(path);
  int64_t bytes = 0;
  return (file >> bytes) && bytes >= 0 ? std::min(bytes, kNoMemoryLimit) : otherwise;
}

int64_t page_cache(const std::string& folder, const Files& files) {
  std::ifstream file(folder + "/memory.stat");
  std::string key;
  int64_t value = 0, bytes = 0;
  while (file >> key >> value)
    if (key == files.active_cache || key == files.inactive_cache) bytes += value;
  return bytes;
}

void take_group(const std::string& folder, const Files& files, MemoryLimit* all) {
  int64_t limit = kNoMemoryLimit;
  // 0 is version 2's "nothing" and, from a file that is being made, no limit to believe.
  for (const char* name : files.limits)
    if (const int64_t bytes = number_in(folder + "/" + name, 0); bytes > 0)
      limit = std::min(limit, bytes);
  if (limit == kNoMemoryLimit) return;
  const int64_t used =
      std::max<int64_t>(0, number_in(folder + "/" + files.usage, 0) - page_cache(folder, files));
  all->limit_bytes = std::min(all->limit_bytes, limit);
  all->available_bytes = std::min(all->available_bytes, std::max<int64_t>(0, limit - used));
}

// "\040" of mountinfo is a blank.
std::string unescape(const std::string& text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      plain +=
          static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + text[i + 3] - '0');
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

bool has_word(const std::string& list, const std::string& word) {
  std::istringstream words(list);
  for (std::string each; std::getline(words, each, ',');)
    if (each == word) return true;
  return false;
}

// The process's group of a version, as /proc/self/cgroup has it: "4:memory:/a/b", "0::/a/b". ""
// where there is none.
std::string own_group(const std::string& root, bool version2) {
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const size_t first = line.find(':');
    const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool found = version2 ? line.substr(0, first) == "0" && controllers.empty()
                                : has_word(controllers, "memory");
    if (found) return line.substr(second + 1);
  }
  return "";
}

// Where a version is mounted, and which group the mount shows as its top.
struct Mount {
  std::string point, top = "/";
};

std::vector<Mount> mounts(const std::string& root, bool version2) {
  std::vector<Mount> found;
  std::ifstream file(root + "/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    // ID PARENT MAJOR:MINOR TOP POINT OPTIONS [MORE...] - TYPE SOURCE OPTIONS
    std::istringstream before(line.substr(0, line.find(" - ")));
    std::istringstream after(
        line.find(" - ") == std::string::npos ? "" : line.substr(line.find(" - ") + 3));
    std::string skipped, top, point, type, source, options;
    before >> skipped >> skipped >> skipped >> top >> point;
    after >> type >> source >> options;
    const bool is_ours =
        version2 ? type == "cgroup2" : type == "cgroup" && has_word(options, "memory");
    if (is_ours) found.push_back({unescape(point), unescape(top)});
  }
  // Where nothing is told: the place that distributions use.
  if (found.empty()) found.push_back({version2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory", "/"});
  return found;
}

// The group below the mount's top, "/" for the top itself: a container may see its own group under
// another name (no control group namespace), or only the top of one (a namespace).
std::string below_top(const std::string& group, const std::string& top) {
  const bool outside = group.rfind("/..", 0) == 0;
  if (outside || group.empty()) return "/";
  if (top == "/") return group;
  if (group == top) return "/";
  if (group.rfind(top + "/", 0) == 0) return group.substr(top.size());
  return "/";
}

}  // namespace

MemoryLimit control_group_memory(const std::string& root) {
  MemoryLimit all;
  for (const bool version2 : {false, true}) {
    const Files& files = version2 ? kVersion2 : kVersion1;
    const std::string group = own_group(root, version2);
    for (const Mount& mount : mounts(root, version2)) {
      const std::string top = root + mount.point;
      std::filesystem::path below = below_top(group, mount.top);
      for (; below.has_relative_path(); below = below.parent_path())
        take_group(top + below.string(), files, &all);
      take_group(top, files, &all);
    }
  }
  return all;
}

}  // namespace cusched
