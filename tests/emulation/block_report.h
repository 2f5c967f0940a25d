// SPDX-License-Identifier: MIT
#pragma once

#include <vector_types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/emulation/warp.h"

namespace cusched::emulation {

// Coordinates of the number `index` in a space of `size`: x runs fastest.
inline uint3 place_of(uint64_t index, const dim3& size) {
  const auto x = static_cast<unsigned>(index);
  if (size.y == 1 && size.z == 1) return {x, 0, 0};
  return {x % size.x, x / size.x % size.y, x / size.x / size.y};
}

std::string to_string(const uint3& place);  // "(3, 0, 0)"

// What each thread of a block is doing, a line for each run of neighbours that do the same.
std::string describe_waits(const std::vector<Warp>& warps, const dim3& block);

}  // namespace cusched::emulation
