// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace cusched {

// Where a training is that begins with a heuristic.
enum class WarmStage : uint8_t {
  kImitation,  // the network learns what the heuristic does
  kAnchored,   // the algorithm learns, pulled to the heuristic, with a rate that grows at first
  kFree,       // the algorithm alone
};

// How the imitation of a training went, so far or at its end.
struct WarmStartReport {
  WarmStage stage = WarmStage::kFree;
  int64_t iterations = 0;  // of the imitation
  double agreement = 0;    // of the member with the least, on its own states; 0: not measured yet
  double share = 0;        // of the training that it took
};

}  // namespace cusched
