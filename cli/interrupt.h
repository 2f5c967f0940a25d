// SPDX-License-Identifier: MIT
#pragma once

#include <csignal>
#include <exception>

namespace cusched {

// Thrown where work stops because the user said so: exit code 130.
class Interrupted : public std::exception {
 public:
  const char* what() const noexcept override { return "interrupted"; }
};

// While it lives, SIGINT and SIGTERM set a flag instead of ending the process; a second one ends it
// as usual. Restores the handlers it found.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;  // one set of handlers a process
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  static bool interrupted();

 private:
  struct sigaction old_int_, old_term_;
};

}  // namespace cusched
