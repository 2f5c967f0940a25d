// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "cli/evaluation.h"

namespace cusched {

// Unit, meaning and good direction of an environment's metrics. A name that is not known yet takes
// its unit from its suffix (_s, _per_h) and has no good direction.
MetricInfo metric_info(const std::string& name);
std::vector<MetricInfo> metric_infos(const std::vector<std::string>& names);

// What tables show unless --metrics says otherwise.
std::vector<std::string> headline_metrics(const std::string& env);

// By which metric a training keeps a policy unless it is told another.
std::string selection_metric(const std::string& env);

}  // namespace cusched
