// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <source_location>

#include "tests/emulation/collectives.h"
#include "tests/emulation/fiber.h"

namespace cusched::emulation {

inline constexpr int kWarp = 32;

// What a thread waits for, with what it brings, and what it gets.
struct Wait {
  Collective at = Collective::kNone;
  uint8_t source = 0;  // lane of a shuffle
  uint32_t mask = 0;   // lanes it waits for
  std::source_location where;
  uint64_t payload = 0;
  uint64_t result = 0;
};

// The threads of a warp: each existing lane is in exactly one of the sets below while it does not
// run.
struct Warp {
  uint32_t lanes = 0;       // that exist
  uint32_t unstarted = 0;   // not yet on a fiber
  uint32_t ready = 0;       // can go on
  uint32_t waiting = 0;     // for lanes of the warp
  uint32_t at_barrier = 0;  // of the block
  uint32_t gone = 0;        // have left the kernel
  Wait wait[kWarp];
  Fiber* fiber[kWarp] = {};  // of started threads

  uint32_t able() const { return unstarted | ready; }

  // Lane `lane` waits as told in `wait[lane]`; makes all lanes that it waits for ready when it is
  // the last of them. Says what is wrong with that meeting; empty when nothing is.
  const char* arrive(int lane);

 private:
  const char* complete(const Wait& last);
};

}  // namespace cusched::emulation
