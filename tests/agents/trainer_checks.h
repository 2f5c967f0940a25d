// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "agents/trainer.h"

namespace cusched {

// Statistic `name` of a member.
inline float stat(const TrainStats& stats, const std::string& name, int member = 0) {
  for (size_t i = 0; i < stats.names.size(); ++i)
    if (stats.names[i] == name)
      return stats.values[static_cast<size_t>(member) * stats.names.size() + i];
  ADD_FAILURE() << "no statistic " << name;
  return 0;
}

inline bool same_weights(const PolicyWeights& a, const PolicyWeights& b) {
  if (a.weights.size() != b.weights.size() || a.obs_mean != b.obs_mean || a.obs_var != b.obs_var)
    return false;
  for (size_t i = 0; i < a.weights.size(); ++i)
    if (a.weights[i].name != b.weights[i].name || a.weights[i].values != b.weights[i].values)
      return false;
  return true;
}

}  // namespace cusched
