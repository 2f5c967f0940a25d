// SPDX-License-Identifier: MIT
#pragma once

#include <exception>

#include "agents/signals.h"

namespace cusched {

// Thrown where work stops because the user said so: exit code 130.
class Interrupted : public std::exception {
 public:
  const char* what() const noexcept override { return "interrupted"; }
};

// Throws Interrupted once a signal was caught by a SignalGuard.
inline void stop_if_interrupted() {
  if (SignalGuard::caught() != 0) throw Interrupted();
}

}  // namespace cusched
