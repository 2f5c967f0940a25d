// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>

namespace cusched::test {

// Small files of the kinds that people bring, by name.
inline const std::map<std::string, std::string>& door_files() {
  static const std::map<std::string, std::string> files = {
      // --- SWF ---------------------------------------------------------------------------------
      // --- CSV ---------------------------------------------------------------------------------
      // --- YAML --------------------------------------------------------------------------------
      {"dup.yaml", "extends: skrueue-sim\nload: 0.5\nload: 0.9\n"},
      // --- openb -------------------------------------------------------------------------------
      // --- Kubernetes --------------------------------------------------------------------------
      // --- Slurm -------------------------------------------------------------------------------
      // --- Philly, Helios ----------------------------------------------------------------------
  };
  return files;
}

}  // namespace cusched::test
