// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <vector>

#include "envs/env.h"

namespace cusched::test {

// Settings of `admission` with which a policy sees the first jobs of the queue, by all that does
// not rank them, unless they say otherwise or name a preset. Preset default, which counts where
// none is named, shows the jobs that a rule prefers.
inline std::vector<EnvValue> with_plain_view(std::vector<EnvValue> settings) {
  const EnvValue plain[] = {
      {"window", "head", "test"},
      {"features", "fits,pods,scales,ready,gpus,tenant,urgent,models", "test"}};
  for (const EnvValue& value : plain)
    if (std::none_of(settings.begin(), settings.end(), [&](const EnvValue& given) {
          return given.name == value.name || given.name == "preset";
        }))
      settings.push_back(value);
  return settings;
}

}  // namespace cusched::test
