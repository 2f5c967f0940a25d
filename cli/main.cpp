// SPDX-License-Identifier: MIT
#include <cstdio>
#include <exception>

#include "cli/command.h"

int main(int argc, char** argv) {
  try {
    return cusched::run_command_line(cusched::all_commands(), argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cusched: %s\n", error.what());
    return cusched::kExitFailure;
  }
}
