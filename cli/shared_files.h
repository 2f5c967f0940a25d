// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"

namespace cusched {

// A file that no output of a command may replace, and whose it is, e.g. "--out".
struct KeptFile {
  std::string owner, path;
};

// Throws InputError where an option marked output() names, in whatever spelling and through links,
// a file that another option reads or writes, one of `kept`, or a file of a run whose folder a
// training holds locked. Devices, pipes and open descriptors (/dev/stdout) may be shared.
void refuse_shared_files(const OptionTable& table, const std::vector<KeptFile>& kept);

}  // namespace cusched
