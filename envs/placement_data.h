// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "envs/option_values.h"
#include "envs/workload/openb.h"

namespace cusched {

// The files behind the options nodes, pods, order, rank, workload and order-seed of `placement`.
struct PlacementData {
  OpenbNodes nodes;
  std::vector<OpenbPod> pods;
  std::vector<OpenbOrder> orders;  // empty: orders are drawn
  std::vector<std::string> notes;  // for the user
};
PlacementData load_placement_data(const OptionValues& options);

}  // namespace cusched
