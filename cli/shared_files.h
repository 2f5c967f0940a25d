// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"

namespace cusched {

// A file that no output of a command may replace, and whose it is, e.g. "--out". `written`: the
// command replaces it itself, so that no input may be that file.
struct KeptFile {
  std::string owner, path;
  bool written = false;
};

// Throws InputError where an option marked output() names, in whatever spelling and through links,
// a file that another option reads or writes, one of `kept`, or a file of a run whose folder a
// training holds locked; and where an option marked input() names one of `kept` that is written.
// Devices, pipes and open descriptors (/dev/stdout) may be shared.
void refuse_shared_files(const OptionTable& table, const std::vector<KeptFile>& kept);

}  // namespace cusched
