// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace cusched {

// Takes the places of standard streams that the caller closed (`cusched ... >&-`): the next file
// that is opened, a checkpoint, would otherwise get the number 1 and with it everything that is
// printed. What is printed is then still lost and told by lost_output().
void hold_standard_streams();

// Prints a long text, or writes out what was printed, and remembers why where it cannot.
void print(const std::string& text);
void flush_output();

// Writes out what was printed. Returns the system's words where some of it could not be written, ""
// where all was.
std::string lost_output();

}  // namespace cusched
