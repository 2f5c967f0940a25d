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
      {"gang.csv", "submit_s,run_s,cpu_milli,memory_mib,pods\n0,60,500,64,128\n9,60,500,64,1\n"},
      {"gang_toolarge.csv",
       "submit_s,run_s,cpu_milli,memory_mib,pods\n0,60,1,1,1\n9,60,1,1,1025\n"},
      {"gang_misfit.csv",
       "submit_s,run_s,cpu_milli,memory_mib,pods\n0,60,1,1,1\n9,60,2000,1,256\n"},
      // --- YAML --------------------------------------------------------------------------------
      {"dup.yaml", "extends: skrueue-sim\nload: 0.5\nload: 0.9\n"},
      {"gangs.yaml",
       "templates:\n  - name: a\n    cpu_milli: 100\n    gang: {probability: 1, pods: [2, 64]}\n"
       "mix:\n  - rate: 10\n    shares: {a: 1}\n"},
      // --- openb -------------------------------------------------------------------------------
      // --- Kubernetes --------------------------------------------------------------------------
      // --- Slurm -------------------------------------------------------------------------------
      // --- Philly, Helios ----------------------------------------------------------------------
  };
  return files;
}

}  // namespace cusched::test
