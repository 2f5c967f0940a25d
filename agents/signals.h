// SPDX-License-Identifier: MIT
#pragma once

#include <csignal>

namespace cusched {

// While one lives, the signals that ask a program to end set a flag instead: SIGINT, SIGTERM,
// SIGHUP (the terminal went away), and what schedulers send before the time limit: SIGUSR1, SIGUSR2
// and SIGXCPU. A second SIGINT or SIGTERM ends the process at once, as usual; terminals and
// schedulers repeat the others, which then mean nothing more. Signals that were ignored before stay
// ignored (nohup). A write to a pipe that nobody reads, or beyond the size that files may have, is
// an error of the write and no SIGPIPE or SIGXFSZ. Guards may be nested: the outermost one changes
// handlers, and puts back what it found. For the main thread.
class SignalGuard {
 public:
  SignalGuard();
  ~SignalGuard();
  SignalGuard(const SignalGuard&) = delete;  // handlers are put back once
  SignalGuard& operator=(const SignalGuard&) = delete;

  static int caught();  // the first signal since the outermost guard was made; 0: none
  static int count();   // how many since then
};

}  // namespace cusched
