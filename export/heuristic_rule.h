// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "envs/registry.h"

namespace cusched {

// How a policy file decides as a heuristic that is limited to the first K does: by one number of
// each candidate, or by their order alone.
struct HeuristicRule {
  std::string heuristic;  // e.g. "f1"
  std::string field;      // e.g. "behind_f1": the lowest one is chosen; "": the first candidate
  int column = -1;        // of the field among the F of a candidate; -1: none is read

  // In words, e.g. "the allowed candidate with the lowest behind_f1, the first on ties".
  std::string text() const;
};

// Name of the field that says how far a job is behind the best one by a heuristic: "behind_f1".
std::string behind_field(const std::string& heuristic);

// The rule of a heuristic for observations that `schema_json` describes (Batch::schema_json). It is
// exact, or refused: throws InputError, with what to set where that helps, when the observation
// does not hold what the heuristic decides by, and for a heuristic that there is not.
HeuristicRule heuristic_rule(const EnvEntry& entry, const std::string& heuristic,
                             const std::string& schema_json);

}  // namespace cusched
