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

// "mean wait", or the name where it has no label.
std::string metric_label(const MetricInfo& metric);

// A value for people, three digits: "1.23 h", "41 s", "85.3 %", "12,345 jobs". Times below two
// minutes are in s, below two hours in min, below two days in h, else in days. NaN: "-".
std::string value_text(const MetricInfo& metric, double value);

// A unit in which a time is told: that of value_text.
struct TimeUnit {
  const char* name = "s";
  double seconds = 1;
};
TimeUnit time_unit(double seconds);
std::string time_text(double seconds);  // "1.23 h"

// Three digits, the thousands separated: "0.0123", "41.5", "12,345".
std::string rounded_text(double value);

// What tables show unless --metrics says otherwise.
std::vector<std::string> headline_metrics(const std::string& env);

}  // namespace cusched
