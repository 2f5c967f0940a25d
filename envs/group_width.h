// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

namespace cusched {

// Widths of a group, the threads that serve a lane on CUDA, for which the build makes kernels
// (cmake/GenerateEnvs.cmake has the list), ascending, in builds without CUDA as well.
const std::vector<int>& group_widths();

// The width of a batch: the `wanted` one (BatchOptions::width) or, where that is 0, by its lanes:
// more threads where there are too few lanes to fill the machine. Throws Error for a width that
// does not exist.
int group_width(int wanted, int64_t lanes);

}  // namespace cusched
