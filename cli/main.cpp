// SPDX-License-Identifier: MIT
#include <csignal>
#include <cstdio>
#include <exception>

#include "cli/command.h"

int main(int argc, char** argv) {
  // A reader that goes away is an error of the write, which each command tells.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return cusched::run_command_line(cusched::all_commands(), argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cusched: %s\n", error.what());
    return cusched::kExitFailure;
  }
}
