// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/env_options.h"
#include "export/heuristic_rule.h"
#include "export/heuristic_writer.h"

// Heuristics as policy files (`cusched export --heuristic`).
namespace cusched {

// The rule of a heuristic for the observation of these settings; throws as heuristic_rule() does,
// and where the settings are bad.
HeuristicRule exported_rule(const EnvEntry& entry, const std::vector<EnvValue>& values,
                            const std::string& heuristic);

// The command that writes the heuristic as a policy file `out` for the observation of the training
// of `policy`, with features added to `values` (of that training) where it needs them. Empty where
// no observation holds what the heuristic decides by.
std::string export_command_line(const EnvEntry& entry, const std::vector<EnvValue>& values,
                                const std::string& heuristic, const std::string& policy,
                                const std::string& out);

// What the heuristic, limited to the first K, decides in `lanes` environments over `steps` steps,
// or fewer where an observation is long, in states that heuristic `player` reaches (both index into
// EnvEntry::heuristics). A step's decision is asked in the very state that is seen.
HeuristicDecisions heuristic_decisions(const EnvEntry& entry, const std::vector<EnvValue>& values,
                                       int heuristic, int player, int lanes, int steps,
                                       uint64_t seed);

struct ExportedHeuristic {
  std::string verified;            // e.g. "2,560 decisions on cpu"
  std::string rule;                // HeuristicRule::text
  std::vector<std::string> notes;  // in what the file is less than the heuristic
};
// Writes the policy file; throws InputError where the observation does not hold what the heuristic
// decides by.
ExportedHeuristic export_heuristic(const EnvSettings& settings, const std::string& heuristic,
                                   const std::string& path);

}  // namespace cusched
