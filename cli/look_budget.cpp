// SPDX-License-Identifier: MIT
#include "cli/look_budget.h"

#include <algorithm>

namespace cusched {

bool affords_first_look(const LookCosts& costs) {
  return costs.spent_s + costs.look_s <= kHeuristicsShare * costs.training_s;
}

bool affords_look(const LookCosts& costs, double done) {
  return costs.spent_s + costs.look_s <= kLooksShare * costs.training_s * std::max(done, 0.5);
}

bool affords_last_look(const LookCosts& costs) {
  return costs.look_s <= kLooksShare * costs.training_s;
}

std::vector<int> heuristics_by_fame(const std::vector<std::string>& names) {
  std::vector<int> order;
  for (const char* name : {"random-feasible", "fifo", "easy-backfill", "sjf", "first-fit",
                           "best-fit", "smallest-first", "fcfs", "f1", "wfp3"})
    if (const auto at = std::find(names.begin(), names.end(), name); at != names.end())
      order.push_back(static_cast<int>(at - names.begin()));
  for (int h = 0; h < static_cast<int>(names.size()); ++h)
    if (std::find(order.begin(), order.end(), h) == order.end()) order.push_back(h);
  return order;
}

}  // namespace cusched
