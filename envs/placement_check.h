// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "envs/placement_state.h"

namespace cusched::placement {

// Built::check of `placement`. `rows`, `pods`: the lists of nodes and pods, in host memory.
std::function<std::string(const Columns& lane, int member)> make_check(const Caps& caps,
                                                                       std::vector<Params> params,
                                                                       std::vector<NodeRow> rows,
                                                                       std::vector<PodSpec> pods);

}  // namespace cusched::placement
