// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace cusched {

// Statistics of ended episodes, from an environment's sums. The last sum is the return in fixed
// point, x 2^20.
inline std::vector<std::string> episode_stat_names(std::initializer_list<const char*> sums) {
  std::vector<std::string> names = {"episodes", "steps"};
  names.insert(names.end(), sums.begin(), sums.end());
  names.back() = "return";
  return names;
}

// The statistics of totals in the order of the names: proportional to them, so that sums over lanes
// may be taken before.
inline void episode_stats(std::initializer_list<int64_t> totals, double* values) {
  size_t left = totals.size();
  for (const int64_t total : totals)
    *values++ = static_cast<double>(total) / (--left == 0 ? 1048576.0 : 1.0);
}

// A number of ended episodes in people's units: a ratio of sums over all of them, not a mean of
// ratios, so that a job counts the same in whatever episode it was.
struct EpisodeValue {
  const char* name;
  double over, under;  // value = over / under; NaN where `under` is 0
};

inline std::vector<std::string> episode_value_names(const std::vector<EpisodeValue>& values) {
  std::vector<std::string> names;
  for (const EpisodeValue& value : values) names.emplace_back(value.name);
  return names;
}

inline void write_episode_values(const std::vector<EpisodeValue>& values, double* out) {
  for (const EpisodeValue& value : values)
    *out++ = value.under != 0.0 ? value.over / value.under : std::nan("");
}

}  // namespace cusched
