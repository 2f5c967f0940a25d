// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"

namespace cusched {

// Final observations of truncated episodes that were really taken: row r of a member's E *
// final_rows rows belongs to lane r / final_rows. Row = m, column = r - first.
struct FinalIndex {
  const int32_t* final_count;  // (P, E)
  int32_t* index;              // (M, rows)
  int64_t first, rows;
  int member0, envs, final_rows;
  CUSCHED_HD void operator()(int64_t m, int64_t column) const {
    const int64_t r = first + column, member = member0 + m;
    const int64_t at = member * envs * final_rows + r;
    const bool taken = r < int64_t{envs} * final_rows &&
                       r % final_rows < final_count[member * envs + r / final_rows];
    index[m * rows + column] = taken ? static_cast<int32_t>(at) : -1;
  }
};

// value[index] = the critic's output.
struct ScatterValues {
  const int32_t* index;  // (n)
  const float* from;
  float* value;
  CUSCHED_HD void operator()(int64_t i) const {
    if (index[i] >= 0) value[index[i]] = from[i];
  }
};

}  // namespace cusched
