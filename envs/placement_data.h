// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "envs/option_values.h"
#include "envs/placement_state.h"
#include "envs/readers/openb.h"

namespace cusched {

// The files behind the options nodes, pods, order, rank, workload and order-seed of `placement`.
struct PlacementData {
  OpenbNodes nodes;
  std::vector<OpenbPod> pods;
  std::vector<placement::Homes> homes;  // (pods)
  std::vector<OpenbOrder> orders;       // empty: orders are drawn
  std::vector<std::string> notes;       // for the user
};
// `seed`: of the batch; where files list several orders, and one has it, only that one is taken.
PlacementData load_placement_data(const OptionValues& options, uint64_t seed);

// Orders one behind another, as a batch reads them. Every order has ranks here, so that a row of
// them is always its order's: the order of the nodes where it came without.
struct OrderTable {
  std::vector<int32_t> pods;      // of all orders
  std::vector<int32_t> begin{0};  // (orders + 1) into pods
  std::vector<int32_t> ranks;     // (orders, nodes)
};
OrderTable order_table(const std::vector<OpenbOrder>& orders, int nodes);

}  // namespace cusched
