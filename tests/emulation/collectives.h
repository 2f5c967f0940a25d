// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <source_location>

namespace cusched::emulation {

// Where the threads of a kernel wait for each other. Called by the device language of
// include/cuda_runtime.h.
enum class Collective : uint8_t { kNone, kSyncThreads, kSyncWarp, kShuffle, kBallot };

// Waits until all threads of the warp that `mask` names are here. A shuffle returns the payload of
// the lane `source`, a ballot the lanes whose payload is not zero.
uint64_t meet_warp(Collective what, unsigned mask, uint64_t payload, int source,
                   const std::source_location& where);

// Waits until all threads of the block are here.
void meet_block(const std::source_location& where);

}  // namespace cusched::emulation
