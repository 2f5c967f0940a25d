// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

// In a header of its own: who reads a cluster's description does not need the state of a lane.
namespace cusched::admission {

struct NodeCapacity {
  int32_t cpu_milli, memory_mib, gpus;
  double cpu_percent, memory_percent;  // 100 / capacity, 0 where there is none: see View::node_key
};

}  // namespace cusched::admission
